//! `info`.

mod anonymize;
mod sections;

use crate::{
    context::Context,
    failure::Failure,
    output::{OutputArgs, OutputFormat, Record, Value, record},
};

use self::{anonymize::Anonymize, sections::Section};

/// Show what a report of a problem needs: configuration, system, tools, paths and providers
///
/// The password of the database is left out in any case.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft info --anonymize")]
pub(crate) struct Args {
    /// Leave out what tells who you are, for a report that others read
    #[arg(long)]
    anonymize: bool,
    #[arg(long, hide = true)]
    file_io: bool,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        if self.file_io {
            return Err(Failure::new("--file-io is not supported")
                .with_hint(format!(
                    "nothing is sent anywhere: attach what `{} info --anonymize -o yaml` prints",
                    context.program
                ))
                .into());
        }
        let anonymize = self.anonymize.then(|| Anonymize::of_user(context));
        let sections = sections::all(context, anonymize.as_ref()).await;
        let format = self.output.output;
        match format {
            OutputFormat::Table | OutputFormat::Plain => sections
                .into_iter()
                .try_for_each(|section| print(context, format, section)),
            OutputFormat::Json | OutputFormat::Yaml => {
                let rows: Vec<Record> = sections.into_iter().map(whole).collect();
                context.print_rows(format, &rows)
            }
        }
    }
}

fn print(context: &Context, format: OutputFormat, section: Section) -> anyhow::Result<()> {
    context.print(&format!("\n{}", section.title))?;
    let rows: Vec<Record> = section
        .values
        .into_iter()
        .map(|(key, value)| record([("key", key.into()), ("value", value.into())]))
        .collect();
    context.print_rows_without_header(format, &rows)
}

fn whole(section: Section) -> Record {
    let name = section.title.to_lowercase().replace(' ', "_");
    let values = section.values.into_iter();
    let values = values.map(|(key, value)| (key, value.into())).collect();
    vec![(name, Value::Map(values))]
}
