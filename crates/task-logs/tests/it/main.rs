#[cfg(test)]
mod files;
