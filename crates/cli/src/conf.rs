//! `--conf`: the configuration of a run.

use serde_json::{Map, Value as Json};

use crate::failure::Failure;

const HINT: &str = "--conf takes a JSON object, in single quotes for the shell: \
                    --conf '{\"day\": \"2024-01-31\", \"full\": true}'";

/// A JSON object; what is absent or empty is none.
pub(crate) fn read_conf(text: Option<&str>) -> Result<Map<String, Json>, Failure> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(Map::new());
    };
    let message = match serde_json::from_str(text) {
        Ok(Json::Object(conf)) => return Ok(conf),
        Ok(_) => format!("Configuration '{text}' is no JSON object"),
        Err(error) => format!("Configuration '{text}' is not valid JSON. Error: {error}"),
    };
    Err(Failure::new(message).with_hint(HINT))
}
