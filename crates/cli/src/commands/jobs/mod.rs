//! `jobs`.

mod check;

use super::subcommands::subcommands;

subcommands! {
    Check(check),
}
