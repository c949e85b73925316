//! The bundled authoring API in an environment of the user's, for editors, tests and provider packages.

mod distribution;
mod environment;
mod install;
mod remove;

use super::subcommands::subcommands;

subcommands! {
    Install(install),
    Remove(remove),
}
