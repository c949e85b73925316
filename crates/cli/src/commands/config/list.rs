//! `config list`.

use std::fmt::Write as _;

use updraft_config::{Origin, options};

use super::descriptions::Descriptions;
use crate::{context::Context, suggest::nearest};

/// List the options
///
/// Descriptions and examples are those of an installed apache-airflow.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  updraft config list --section core --include-sources\n  updraft config list --defaults > airflow.cfg"
)]
#[expect(clippy::struct_excessive_bools, reason = "the options are Airflow's")]
pub(crate) struct Args {
    /// Only this section
    #[arg(long)]
    section: Option<String>,
    /// Describe each section and option
    #[arg(short = 'd', long)]
    include_descriptions: bool,
    /// Show an example for each option that has one
    #[arg(short = 'e', long)]
    include_examples: bool,
    /// Show where each value comes from
    #[arg(short = 's', long)]
    include_sources: bool,
    /// Show the environment variable of each option
    #[arg(short = 'V', long)]
    include_env_vars: bool,
    /// Turn every option into a comment
    #[arg(short, long)]
    comment_out_everything: bool,
    /// Accepted for compatibility; of providers' options, only those of Celery are known here
    #[arg(short = 'p', long, hide = true)]
    exclude_providers: bool,
    /// Show the defaults, all as comments, with descriptions, examples and variables
    #[arg(short = 'a', long)]
    defaults: bool,
    /// Accepted for compatibility; the output has no colour
    #[arg(long, hide = true, value_parser = ["off", "auto", "on"])]
    color: Option<String>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let has_texts = self.include_descriptions || self.include_examples || self.defaults;
        let descriptions = if has_texts {
            Descriptions::load(context).await
        } else {
            Descriptions::default()
        };
        let names = names(context);
        self.check_section(&names);
        let list = List {
            context,
            includes_descriptions: self.include_descriptions || self.defaults,
            includes_examples: self.include_examples || self.defaults,
            includes_sources: self.include_sources && !self.defaults,
            includes_env_vars: self.include_env_vars || self.defaults,
            is_commented_out: self.comment_out_everything || self.defaults,
            is_of_defaults: self.defaults,
            descriptions,
        };
        let mut text = String::new();
        for (section, keys) in &names {
            if self.section.as_ref().is_none_or(|only| only == section) {
                list.section(section, keys, &mut text)?;
            }
        }
        context.print(&text)
    }

    /// A section that is not there is no failure, as in Airflow.
    fn check_section(&self, names: &[(String, Vec<String>)]) {
        let Some(wanted) = &self.section else {
            return;
        };
        let mut sections = names.iter().map(|(section, _)| section.as_str());
        if !sections.any(|section| section == wanted) {
            let sections = names.iter().map(|(section, _)| section.as_str());
            let meant = nearest(wanted, sections);
            let meant = meant.map(|meant| format!("; did you mean {meant}?"));
            let meant = meant.unwrap_or_default();
            tracing::warn!("there is no section {wanted}{meant}");
        }
    }
}

/// What 2.10.5 reads and does not list: it is described as an option of the next version.
const NOT_LISTED: (&str, &str) = ("scheduler", "num_stuck_in_queued_retries");

/// Sections with their options: those that are known, then others of the file.
fn names(context: &Context) -> Vec<(String, Vec<String>)> {
    let known = options::all()
        .iter()
        .map(|option| (option.section, option.key))
        .filter(|name| *name != NOT_LISTED);
    let written = context.raw.file_options();
    let mut names: Vec<(String, Vec<String>)> = Vec::new();
    for (section, key) in known.chain(written.map(|(section, key, _)| (section, key))) {
        let at = names.iter().position(|(name, _)| name == section);
        let at = at.unwrap_or_else(|| {
            names.push((section.to_owned(), Vec::new()));
            names.len() - 1
        });
        let keys = &mut names[at].1;
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
    names
}

/// What is shown, and of what.
#[expect(clippy::struct_excessive_bools, reason = "each is one of the options")]
struct List<'a> {
    context: &'a Context,
    includes_descriptions: bool,
    includes_examples: bool,
    includes_sources: bool,
    includes_env_vars: bool,
    is_commented_out: bool,
    is_of_defaults: bool,
    descriptions: Descriptions,
}

// Writing into a `String` cannot fail.
impl List<'_> {
    fn section(&self, section: &str, keys: &[String], text: &mut String) -> anyhow::Result<()> {
        let _ = writeln!(text, "[{section}]");
        let described = self.descriptions.section(section);
        if self.includes_descriptions
            && let Some(description) = described.and_then(|one| one.description.as_ref())
        {
            comment(description, text);
            text.push('\n');
        }
        let mut is_apart = true;
        for key in keys {
            is_apart = self.option(section, key, text)?;
        }
        if self.includes_descriptions && !is_apart {
            text.push('\n');
        }
        Ok(())
    }

    /// Whether an empty line is behind it.
    fn option(&self, section: &str, key: &str, text: &mut String) -> anyhow::Result<bool> {
        let before = text.len();
        self.about(section, key, text)?;
        let is_apart = text.len() > before;
        let value = if self.is_of_defaults {
            self.default_of(section, key)
        } else {
            self.context.raw.get(section, key)?.map(|value| value.text)
        };
        match value {
            // As it would have to be written in the file.
            Some(value) => {
                let mark = if self.is_commented_out { "# " } else { "" };
                let value = value.replace('%', "%%").replace('\n', &format!("\n{mark}"));
                let _ = writeln!(text, "{mark}{key} = {value}");
            }
            None => {
                let _ = writeln!(text, "# {key} = ");
            }
        }
        if is_apart {
            text.push('\n');
        }
        Ok(is_apart)
    }

    fn default_of(&self, section: &str, key: &str) -> Option<String> {
        let home = self.context.config.home.home.to_string_lossy();
        let default = options::find(section, key)?.default?;
        Some(default.replace("{AIRFLOW_HOME}", &home))
    }

    fn about(&self, section: &str, key: &str, text: &mut String) -> anyhow::Result<()> {
        let described = self.descriptions.option(section, key);
        if self.includes_descriptions
            && let Some(description) = described.and_then(|one| one.description.as_ref())
        {
            comment(description, text);
        }
        if self.includes_examples
            && let Some(example) = described.and_then(|one| one.example.as_ref())
        {
            let example = match example {
                serde_json::Value::String(example) => example.clone(),
                other => updraft_core::python::repr(other),
            };
            let _ = writeln!(text, "#\n# Example: {key} = {example}");
        }
        if self.includes_sources {
            let value = self.context.raw.get(section, key)?;
            let source = source(value.as_ref().map(|value| &value.origin));
            let _ = writeln!(text, "#\n# Source: {source}");
        }
        if self.includes_env_vars {
            let section = section.replace('.', "_").to_uppercase();
            let key = key.to_uppercase();
            let _ = writeln!(text, "#\n# Variable: AIRFLOW__{section}__{key}\n#");
        }
        Ok(())
    }
}

fn comment(description: &str, text: &mut String) {
    for line in description.lines() {
        let _ = writeln!(text, "# {line}");
    }
}

/// Airflow's word, and the place.
fn source(origin: Option<&Origin>) -> String {
    match origin {
        None => "not defined".to_owned(),
        Some(Origin::Default) => "default".to_owned(),
        Some(Origin::File { line, .. }) => format!("airflow.cfg (line {line})"),
        Some(Origin::Environment(name)) => format!("env var ({name})"),
        Some(Origin::Command(place)) => format!("cmd ({place})"),
    }
}
