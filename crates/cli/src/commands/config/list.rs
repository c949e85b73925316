//! `config list`.

use std::collections::BTreeSet;

use updraft_config::{Origin, options};

use crate::context::Context;

/// List the options
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft config list --section core --include-sources")]
pub(crate) struct Args {
    /// Only this section
    #[arg(long)]
    section: Option<String>,
    /// Show where each value comes from
    #[arg(short = 's', long)]
    include_sources: bool,
    /// Show the environment variable of each option
    #[arg(short = 'V', long)]
    include_env_vars: bool,
    /// Turn every option into a comment
    #[arg(short, long)]
    comment_out_everything: bool,
    /// Accepted for compatibility; providers' options are not known here
    #[arg(short = 'p', long, hide = true)]
    exclude_providers: bool,
    /// Accepted for compatibility; the output has no colour
    #[arg(long, hide = true, value_parser = ["off", "auto", "on"])]
    color: Option<String>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut printed = BTreeSet::new();
        let mut names: Vec<(String, String)> = options::all()
            .iter()
            .map(|option| (option.section.to_owned(), option.key.to_owned()))
            .collect();
        let file = context.raw.file_options();
        names.extend(file.map(|(section, key, _)| (section.to_owned(), key.to_owned())));
        let mut sections: Vec<String> = Vec::new();
        for (section, _) in &names {
            if !sections.contains(section) {
                sections.push(section.clone());
            }
        }
        for section in sections {
            if self.section.as_ref().is_some_and(|only| *only != section) {
                continue;
            }
            context.print(&format!("[{section}]"))?;
            for (of, key) in &names {
                if *of == section && printed.insert((section.clone(), key.clone())) {
                    self.print(context, &section, key)?;
                }
            }
            context.print("")?;
        }
        Ok(())
    }

    fn print(&self, context: &Context, section: &str, key: &str) -> anyhow::Result<()> {
        let value = context.raw.get(section, key)?;
        if self.include_sources {
            let source = match value.as_ref().map(|value| &value.origin) {
                None => "not defined".to_owned(),
                Some(Origin::Default) => "default".to_owned(),
                Some(origin) => origin.to_string(),
            };
            context.print(&format!("# Source: {source}"))?;
        }
        if self.include_env_vars {
            let section = section.replace('.', "_").to_uppercase();
            let key = key.to_uppercase();
            context.print(&format!("# Variable: AIRFLOW__{section}__{key}"))?;
        }
        match value {
            // As it would have to be written in the file.
            Some(value) => {
                let mark = if self.comment_out_everything {
                    "# "
                } else {
                    ""
                };
                let text = value
                    .text
                    .replace('%', "%%")
                    .replace('\n', &format!("\n{mark}"));
                context.print(&format!("{mark}{key} = {text}"))
            }
            None => context.print(&format!("# {key} = ")),
        }
    }
}
