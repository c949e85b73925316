//! The dependencies of one task instance. Each file is one of Airflow's rules, free of the
//! snapshot; `cascade` brings them together.
//!
//! Dynamic mapping will add the rule for the expansion sources of a mapped task, and the choice of
//! relevant upstream indexes inside a mapped task group in front of [`trigger_rule`].

mod previous_run;
mod setup_constraint;
mod trigger_rule;
mod upstream_states;
mod waiting_period;

pub(crate) use previous_run::{PastFacts, depends_on_past, previous_run};
pub(crate) use setup_constraint::setup_constraint;
pub(crate) use trigger_rule::{Upstream, Verdict, trigger_rule};
pub(crate) use upstream_states::UpstreamStates;
pub(crate) use waiting_period::waits_until;
