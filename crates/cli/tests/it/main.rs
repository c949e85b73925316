//! The program as users call it, on both engines.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bundled;
#[cfg(test)]
mod clear;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod dags;
#[cfg(test)]
mod db;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod program;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod sdk;
#[cfg(test)]
mod stock;
#[cfg(test)]
mod takeover;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod trial;
#[cfg(test)]
mod triggers;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod variables;
