//! All sections, read once.

use std::collections::BTreeMap;

use crate::{
    error::{ConfigError, Warning},
    raw::{RawConfig, home::AirflowHome, options},
    sections::{
        Secret, core::Core, database::Database, email::Email, logging::Logging,
        operators::Operators, reader::Reader, scheduler::Scheduler, secrets::Secrets,
        sensors::Sensors, updraft::Updraft, webserver::Webserver,
    },
    sql_alchemy_conn::DatabaseTarget,
};

/// The configuration, each option with its type.
#[derive(Clone, Debug)]
pub struct Config {
    pub home: AirflowHome,
    pub core: Core,
    pub database: Database,
    pub email: Email,
    pub logging: Logging,
    pub operators: Operators,
    pub scheduler: Scheduler,
    pub secrets: Secrets,
    pub sensors: Sensors,
    pub updraft: Updraft,
    pub webserver: Webserver,
    /// What the user should be told once.
    pub warnings: Vec<Warning>,
    raw: RawConfig,
}

impl Config {
    /// Reads the file and the variables that `environment` names.
    pub fn load(environment: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        Self::from_raw(&RawConfig::load(environment)?)
    }

    pub fn from_raw(raw: &RawConfig) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(raw);
        let mut config = Self {
            home: raw.home().clone(),
            core: Core::read(&mut reader)?,
            database: Database::read(&mut reader)?,
            email: Email::read(&mut reader)?,
            logging: Logging::read(&mut reader)?,
            operators: Operators::read(&mut reader)?,
            scheduler: Scheduler::read_with_former_options(&mut reader)?,
            secrets: Secrets::read(&mut reader)?,
            sensors: Sensors::read(&mut reader)?,
            updraft: Updraft::read(&mut reader)?,
            webserver: Webserver::read(&mut reader)?,
            warnings: Vec::new(),
            raw: raw.clone(),
        };
        config.replace_old_values(&mut reader)?;
        warn_of_case(&mut reader);
        config.warnings = reader.into_warnings();
        Ok(config)
    }

    /// What logs must not show, as in Airflow: the values of all sensitive options, and the password in
    /// the address of the database. Runs the commands of options that have one; an option whose value
    /// cannot be had has none to be hidden.
    pub fn sensitive_values(&self) -> Vec<Secret> {
        let options = options::all().iter().filter(|option| option.sensitive);
        let values = options.filter_map(|option| {
            let value = self.raw.get(option.section, option.key).ok().flatten()?;
            Some(Secret::new(value.text))
        });
        let password = match self.database.sql_alchemy_conn.target() {
            DatabaseTarget::Postgres(target) => target.password.clone(),
            DatabaseTarget::Sqlite(_) => None,
        };
        values
            .chain(password)
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// Airflow replaces a few values that were defaults once.
    fn replace_old_values(&mut self, reader: &mut Reader<'_>) -> Result<(), ConfigError> {
        if self.core.hostname_callable.contains(':') {
            self.core.hostname_callable = self.core.hostname_callable.replace(':', ".");
            let new = self.core.hostname_callable.clone();
            warn_of_value(reader, "core", "hostname_callable", new)?;
        }
        let old_template = "{{ ti.dag_id }}/{{ ti.task_id }}/{{ ts }}/{{ try_number }}.log";
        if self.logging.log_filename_template.contains(old_template) {
            let new = options::find("logging", "log_filename_template")
                .and_then(|declared| declared.default)
                .unwrap_or_default();
            self.logging.log_filename_template = self
                .logging
                .log_filename_template
                .replace(old_template, new);
            warn_of_value(reader, "logging", "log_filename_template", new.to_owned())?;
        }
        if self.webserver.dag_default_view == "tree" {
            "grid".clone_into(&mut self.webserver.dag_default_view);
            warn_of_value(reader, "webserver", "dag_default_view", "grid".to_owned())?;
        }
        if self.database.sql_alchemy_conn.has_old_scheme() {
            warn_of_value(
                reader,
                "database",
                "sql_alchemy_conn",
                "postgresql://…".to_owned(),
            )?;
        }
        Ok(())
    }
}

fn warn_of_value(
    reader: &mut Reader<'_>,
    section: &str,
    key: &str,
    replacement: String,
) -> Result<(), ConfigError> {
    if let Some(value) = reader.raw().get(section, key)? {
        reader.warn(Warning::OldValue {
            origin: value.origin,
            section: section.to_owned(),
            key: key.to_owned(),
            replacement,
        });
    }
    Ok(())
}

/// Airflow asks the file for lower-case names only, so that `Parallelism = 4` has no effect: worth a
/// word, since nothing else would tell.
fn warn_of_case(reader: &mut Reader<'_>) {
    let path = reader.raw().home().config_file.clone();
    let ignored: Vec<Warning> = reader
        .raw()
        .file_options()
        .filter(|(section, key, _)| {
            let (low_section, low_key) = (section.to_lowercase(), key.to_lowercase());
            (low_section != *section || low_key != *key)
                && options::find(&low_section, &low_key).is_some()
        })
        .map(|(section, key, line)| Warning::IgnoredCase {
            origin: crate::error::Origin::File {
                path: path.clone(),
                line,
            },
            section: section.to_owned(),
            key: key.to_owned(),
        })
        .collect();
    for warning in ignored {
        reader.warn(warning);
    }
}
