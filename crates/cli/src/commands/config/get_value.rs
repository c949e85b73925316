//! `config get-value`.

use crate::context::Context;

/// Print the value of an option
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft config get-value core dags_folder")]
pub(crate) struct Args {
    /// Section of the option
    section: String,
    /// Name of the option
    option: String,
}

impl Args {
    /// An option that is not there prints nothing, and is no failure.
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match context.raw.get(&self.section, &self.option)? {
            Some(value) => context.print(&value.text),
            None => Ok(()),
        }
    }
}
