#[cfg(test)]
mod load;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod reference;
