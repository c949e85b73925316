//! Whether a run's configuration fits the parameters.

use serde_json::{Map, Value};

use super::{Param, schema};

/// A parameter has no value, or one that its schema refuses; in Airflow's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid input for param {name}: {reason}")]
pub struct InvalidParam {
    pub name: String,
    pub reason: String,
}

/// Checks what a run of that configuration would start with.
pub fn check_params(params: &[Param], conf: &Map<String, Value>) -> Result<(), InvalidParam> {
    for param in params {
        let reason = match conf.get(&param.name).or(param.default.as_ref()) {
            None => Some("No value passed and Param has no default value".to_owned()),
            Some(value) => schema::refusal(value, &param.schema).map(|refusal| refusal.to_string()),
        };
        if let Some(reason) = reason {
            let name = param.name.clone();
            return Err(InvalidParam { name, reason });
        }
    }
    Ok(())
}
