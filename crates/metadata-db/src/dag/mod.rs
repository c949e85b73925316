//! `dag`.

mod pause;

pub use pause::set_paused;
