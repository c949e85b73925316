#[cfg(test)]
mod backends;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod fernet;
#[cfg(test)]
mod yaml;
