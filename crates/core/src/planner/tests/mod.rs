//! Tests of whole plans, on a model of the database and of an executor.

mod equivalence;
mod limits;
mod linear_cost;
mod passes;
mod past;
mod run_creation;
mod run_life;
mod run_states;
mod state_machines;
mod world;
