//! `--conf`: the configuration of a run.

use serde_json::{Map, Value as Json};

use crate::failure::Failure;

/// A JSON object; what is absent or empty is none.
pub(crate) fn read_conf(text: Option<&str>) -> Result<Map<String, Json>, Failure> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(Map::new());
    };
    serde_json::from_str(text).map_err(|error| {
        let hint = "--conf takes a JSON object, in single quotes for the shell: --conf '{\"day\": \"2024-01-31\", \
                    \"full\": true}'";
        let message = match error.classify() {
            serde_json::error::Category::Data => {
                format!("Configuration '{text}' is no JSON object: {error}")
            }
            _ => format!("Configuration '{text}' is not valid JSON. Error: {error}"),
        };
        Failure::new(message).with_hint(hint)
    })
}
