//! Looks an option up where Airflow would: environment, file, command, secrets backend, default.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use super::{
    command, deprecated, expand::expand, home::AirflowHome, ini::IniFile,
    interpolation::interpolate, options,
};
use crate::error::{ConfigError, Origin, Problem, Warning};

/// The configuration as text.
#[derive(Clone, Debug)]
pub struct RawConfig {
    home: AirflowHome,
    environment: BTreeMap<String, String>,
    file: IniFile,
}

/// The text of an option and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub text: String,
    pub origin: Origin,
    /// Set where the value was found under the option's old name.
    pub warning: Option<Warning>,
}

/// One name to look under.
#[derive(Clone, Copy)]
struct Name<'a> {
    section: &'a str,
    key: &'a str,
}

impl RawConfig {
    /// Reads the file that `environment` names; an absent file is an empty one.
    pub fn load(environment: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let home = AirflowHome::from_environment(environment);
        let file = read_file(home.config_file.clone())?;
        Ok(Self {
            home,
            environment: environment.clone(),
            file,
        })
    }

    pub fn home(&self) -> &AirflowHome {
        &self.home
    }

    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The sections and options of the file, as written, with the line of each.
    pub fn file_options(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        self.file.sections.iter().flat_map(|(section, options)| {
            options
                .iter()
                .map(move |(key, option)| (section.as_str(), key.as_str(), option.line))
        })
    }

    /// The option, under its current or its old name; names are looked up in lower case.
    pub fn get(&self, section: &str, key: &str) -> Result<Option<Value>, ConfigError> {
        let (section, key) = (section.to_lowercase(), key.to_lowercase());
        let (section, key) = deprecated::new_name(&section, &key).unwrap_or((&section, &key));
        let name = Name { section, key };
        let old = deprecated::old_name(section, key).map(|(section, key)| Name { section, key });
        let steps = [
            Self::in_environment,
            Self::in_file,
            Self::in_command,
            Self::in_secrets_backend,
        ];
        for step in steps {
            for candidate in [Some(name), old].into_iter().flatten() {
                if let Some((text, origin)) = step(self, candidate)? {
                    let is_old = (candidate.section, candidate.key) != (section, key);
                    let warning = is_old.then(|| Warning::OldName {
                        origin: origin.clone(),
                        old_section: candidate.section.to_owned(),
                        old_key: candidate.key.to_owned(),
                        section: section.to_owned(),
                        key: key.to_owned(),
                    });
                    return Ok(Some(Value {
                        text,
                        origin,
                        warning,
                    }));
                }
            }
        }
        Ok(self.default_of(name))
    }

    fn in_environment(&self, name: Name<'_>) -> Result<Option<(String, Origin)>, ConfigError> {
        let variable = environment_name(name);
        if let Some(text) = self.environment.get(&variable) {
            let text = expand(text, &self.environment);
            return Ok(Some((text, Origin::Environment(variable))));
        }
        if !is_sensitive(name) {
            return Ok(None);
        }
        let command = format!("{variable}_CMD");
        if let Some(text) = self.environment.get(&command) {
            let origin = Origin::Environment(command);
            return self.run(name, text, origin).map(Some);
        }
        let secret = format!("{variable}_SECRET");
        if self.environment.contains_key(&secret) {
            return self.secret(name, Origin::Environment(secret));
        }
        Ok(None)
    }

    fn in_file(&self, name: Name<'_>) -> Result<Option<(String, Origin)>, ConfigError> {
        let Some((text, origin)) = self.file_value(name)? else {
            return Ok(None);
        };
        Ok(Some((expand(&text, &self.environment), origin)))
    }

    fn in_command(&self, name: Name<'_>) -> Result<Option<(String, Origin)>, ConfigError> {
        if !is_sensitive(name) {
            return Ok(None);
        }
        let key = format!("{}_cmd", name.key);
        let command = Name {
            section: name.section,
            key: &key,
        };
        let Some((text, origin)) = self.file_value(command)? else {
            return Ok(None);
        };
        let value = self.run(name, &text, origin)?;
        Ok(Some(value).filter(|(text, _)| !text.is_empty()))
    }

    fn in_secrets_backend(&self, name: Name<'_>) -> Result<Option<(String, Origin)>, ConfigError> {
        if !is_sensitive(name) {
            return Ok(None);
        }
        let key = format!("{}_secret", name.key);
        let secret = Name {
            section: name.section,
            key: &key,
        };
        match self.file_value(secret)? {
            Some((_, origin)) => self.secret(name, origin),
            None => Ok(None),
        }
    }

    fn default_of(&self, name: Name<'_>) -> Option<Value> {
        let default = options::find(name.section, name.key)?.default?;
        let home = self.home.home.to_string_lossy();
        let text = default.replace("{AIRFLOW_HOME}", &home);
        Some(Value {
            text: expand(&text, &self.environment),
            origin: Origin::Default,
            warning: None,
        })
    }

    fn file_value(&self, name: Name<'_>) -> Result<Option<(String, Origin)>, ConfigError> {
        let Some(option) = self.file.get(name.section, name.key) else {
            return Ok(None);
        };
        let origin = Origin::File {
            path: self.home.config_file.clone(),
            line: option.line,
        };
        match interpolate(&self.file, name.section, &option.text) {
            Ok(text) => Ok(Some((text, origin))),
            Err(message) => {
                let problem = Problem::Interpolation(message);
                Err(ConfigError::option(origin, name.section, name.key, problem))
            }
        }
    }

    fn run(
        &self,
        name: Name<'_>,
        command: &str,
        origin: Origin,
    ) -> Result<(String, Origin), ConfigError> {
        match command::output_of(command, &self.environment) {
            Ok(text) => Ok((text, Origin::Command(Box::new(origin)))),
            Err(message) => {
                let command = command.to_owned();
                let problem = Problem::Command { command, message };
                Err(ConfigError::option(origin, name.section, name.key, problem))
            }
        }
    }

    /// The backends that are built in hold no configuration, which Airflow takes for "not there".
    fn secret(
        &self,
        name: Name<'_>,
        origin: Origin,
    ) -> Result<Option<(String, Origin)>, ConfigError> {
        let backend = self.get("secrets", "backend")?;
        let backend = backend.map(|value| value.text).unwrap_or_default();
        if backend.is_empty()
            || backend == "airflow.secrets.local_filesystem.LocalFilesystemBackend"
        {
            return Ok(None);
        }
        let problem = Problem::SecretsBackend { backend };
        Err(ConfigError::option(origin, name.section, name.key, problem))
    }
}

fn environment_name(name: Name<'_>) -> String {
    let section = name.section.replace('.', "_").to_uppercase();
    format!("AIRFLOW__{section}__{}", name.key.to_uppercase())
}

fn is_sensitive(name: Name<'_>) -> bool {
    let declared = options::find(name.section, name.key).or_else(|| {
        let (section, key) = deprecated::new_name(name.section, name.key)?;
        options::find(section, key)
    });
    declared.is_some_and(|declared| declared.sensitive)
}

fn read_file(path: PathBuf) -> Result<IniFile, ConfigError> {
    if path.is_dir() {
        return Err(ConfigError::FileIsDirectory { path });
    }
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(IniFile::default()),
        Err(source) => return Err(ConfigError::ReadFile { path, source }),
    };
    IniFile::parse(&text).map_err(|error| ConfigError::Syntax {
        path,
        line: error.line,
        message: error.message,
    })
}
