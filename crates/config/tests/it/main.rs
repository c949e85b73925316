#[cfg(test)]
mod load;
#[cfg(test)]
mod parity;
