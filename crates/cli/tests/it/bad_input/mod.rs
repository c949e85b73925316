//! What is wrong with a DAG file or a task is told in the right place, and hurts nobody else.

mod authoring;
mod files;
mod memory;
mod tasks;
