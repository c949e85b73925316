//! `tasks`.

mod clear;
mod dependencies;
mod failed_deps;
mod find_run;
mod held_back;
mod list;
mod render;
mod run;
mod run_options;
mod state;
mod states_for_dag_run;
mod supervise;
mod test;

use super::subcommands::subcommands;

subcommands! {
    Clear(clear),
    FailedDeps(failed_deps),
    List(list),
    Render(render),
    Run(run),
    State(state),
    StatesForDagRun(states_for_dag_run),
    Test(test),
}
