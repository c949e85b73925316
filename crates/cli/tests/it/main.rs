//! The program as users call it, on both engines.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bundled;
#[cfg(test)]
mod check;
#[cfg(test)]
mod clear;
#[cfg(test)]
mod config;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod dag_runs;
#[cfg(test)]
mod dags;
#[cfg(test)]
mod db;
#[cfg(test)]
mod delete_dag;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod failed_deps;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod first_use;
#[cfg(test)]
mod manual_intervals;
#[cfg(test)]
mod program;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod round_trips;
#[cfg(test)]
mod sdk;
#[cfg(test)]
mod show;
#[cfg(test)]
mod stock;
#[cfg(test)]
mod takeover;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod trial;
#[cfg(test)]
mod trial_mistakes;
#[cfg(test)]
mod trial_others;
#[cfg(test)]
mod triggers;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod variables;
#[cfg(test)]
mod watching;
