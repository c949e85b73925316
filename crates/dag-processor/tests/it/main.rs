//! Against a real zygote, real databases and what Airflow itself was seen to do.

mod discovery;
mod reserialize;
mod running;
mod support;
