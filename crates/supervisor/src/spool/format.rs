//! A spooled end as a file: a line of text, JSON, and the XComs as they came from the task.

use std::fmt::Write as _;

use sha1::{Digest, Sha1};

use super::record::SpooledEnd;

const NAME: &str = "updraft-try-end";
/// To be raised when an older binary would misread the file.
const VERSION: u32 = 1;
/// The line is shorter.
const LONGEST_LINE: usize = 200;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("it is no end of a try")]
    Name,
    #[error("it has version {0} of the format, of a later Updraft")]
    Version(u32),
    #[error("its checksum does not fit: it was cut off or changed")]
    Checksum,
    #[error("its JSON cannot be read")]
    Json(#[source] serde_json::Error),
    #[error("its XComs do not fit their lengths")]
    Lengths,
}

impl SpooledEnd {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let json = serde_json::to_vec(self)?;
        let checksum = checksum(&json, &self.blob);
        let length = json.len();
        let mut bytes = format!("{NAME} {VERSION} {checksum} {length}\n").into_bytes();
        bytes.extend_from_slice(&json);
        bytes.extend_from_slice(&self.blob);
        Ok(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let end_of_line = bytes
            .iter()
            .take(LONGEST_LINE)
            .position(|byte| *byte == b'\n')
            .ok_or(RecordError::Name)?;
        let (line, rest) = bytes.split_at(end_of_line);
        let line = str::from_utf8(line).map_err(|_| RecordError::Name)?;
        let mut fields = line.split(' ');
        if fields.next() != Some(NAME) {
            return Err(RecordError::Name);
        }
        let version = fields.next().and_then(|text| text.parse().ok());
        match version.ok_or(RecordError::Name)? {
            VERSION => {}
            later => return Err(RecordError::Version(later)),
        }
        let expected = fields.next().ok_or(RecordError::Name)?;
        let length = fields.next().and_then(|text| text.parse().ok());
        let (json, blob) = rest
            .get(1..)
            .and_then(|rest| rest.split_at_checked(length?))
            .ok_or(RecordError::Checksum)?;
        if checksum(json, blob) != expected {
            return Err(RecordError::Checksum);
        }
        let mut end: Self = serde_json::from_slice(json).map_err(RecordError::Json)?;
        let announced: usize = end.xcoms.iter().map(|part| part.length).sum();
        if announced != blob.len() {
            return Err(RecordError::Lengths);
        }
        end.blob = blob.to_vec();
        Ok(end)
    }
}

fn checksum(json: &[u8], blob: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(json);
    hash.update(blob);
    let digest = hash.finalize();
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
