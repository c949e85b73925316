/// Why a message cannot be read. Python's worker exits on most of these; a reader here goes on.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    #[error("the message is not JSON")]
    NotJson(#[source] serde_json::Error),
    #[error("the message is not a JSON object")]
    NotAnObject,
    #[error("the message has no {0}")]
    Missing(&'static str),
    #[error("{what} is {found}, and not {wanted}")]
    Wrong {
        what: &'static str,
        wanted: &'static str,
        found: String,
    },
    #[error("the content type is {0:?}; only application/json is accepted")]
    ContentType(String),
    #[error("the body is not base64")]
    NotBase64(#[source] base64::DecodeError),
    #[error("the body is not UTF-8")]
    NotUtf8(#[source] std::string::FromUtf8Error),
    #[error("the body is not JSON")]
    BodyNotJson(#[source] serde_json::Error),
    #[error("the body is not [args, kwargs, embed]")]
    BodyShape,
}

impl Malformed {
    /// `found`, shortened to what a log line may hold.
    pub(super) fn wrong(
        what: &'static str,
        wanted: &'static str,
        found: &serde_json::Value,
    ) -> Self {
        let text: String = found.to_string();
        Self::Wrong {
            what,
            wanted,
            found: super::shortened(text, 80),
        }
    }
}
