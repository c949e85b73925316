//! `config get-value`.

use updraft_config::options;

use crate::{context::Context, suggest::nearest};

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
    /// An option that is not there is no failure, as in Airflow.
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        if let Some(value) = context.raw.get(&self.section, &self.option)? {
            return context.print(&value.text);
        }
        tracing::warn!(
            "section/key [{}/{}] not found in config{}",
            self.section,
            self.option,
            self.meant()
        );
        Ok(())
    }

    /// What was meant, if that can be told.
    fn meant(&self) -> String {
        let section = self.section.to_lowercase();
        let is_known = |name: &str| options::all().iter().any(|option| option.section == name);
        if !is_known(&section) {
            let sections = options::all().iter().map(|option| option.section);
            return nearest(&section, sections)
                .map(|meant| format!("; did you mean the section {meant}?"))
                .unwrap_or_default();
        }
        if options::find(&section, &self.option.to_lowercase()).is_some() {
            return ": it has no value and no default".to_owned();
        }
        let of_section = options::all()
            .iter()
            .filter(|option| option.section == section);
        nearest(&self.option, of_section.map(|option| option.key))
            .map(|meant| format!("; did you mean {meant}?"))
            .unwrap_or_default()
    }
}
