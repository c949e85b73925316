//! What is left behind by processes that died.

mod orphans;
mod stuck;
mod zombies;
