//! A JSON envelope and an opaque blob, each with its length in front.

use tokio::io::{AsyncRead, AsyncReadExt};

pub(crate) const HEADER: usize = 8;
pub(crate) const MAX_ENVELOPE: u32 = 64 * 1024 * 1024;
pub(crate) const MAX_BLOB: u32 = 512 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) envelope: Vec<u8>,
    pub(crate) blob: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("cannot read from the socket")]
    Read(#[source] std::io::Error),
    #[error("the stream ended within a frame")]
    Truncated,
    #[error("a frame announces an envelope of {envelope} and a blob of {blob} bytes")]
    TooLarge { envelope: u32, blob: u32 },
    #[error("cannot write to the socket")]
    Write(#[source] std::io::Error),
    #[error("cannot write a message as JSON")]
    Encode(#[source] serde_json::Error),
}

impl FrameError {
    /// The other end is gone, with something unread.
    pub(crate) fn is_reset(&self) -> bool {
        matches!(self, Self::Read(error) if error.kind() == std::io::ErrorKind::ConnectionReset)
    }
}

/// The next frame; `None` at the end of the stream. Not cancel-safe.
pub(crate) async fn read_frame(
    reader: &mut (impl AsyncRead + Unpin),
) -> Result<Option<Frame>, FrameError> {
    let mut header = [0; HEADER];
    let first = reader.read(&mut header).await.map_err(FrameError::Read)?;
    if first == 0 {
        return Ok(None);
    }
    if first < HEADER {
        reader
            .read_exact(&mut header[first..])
            .await
            .map_err(|_| FrameError::Truncated)?;
    }
    let [envelope, blob] = [0, 4]
        .map(|at| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]));
    if envelope > MAX_ENVELOPE || blob > MAX_BLOB {
        return Err(FrameError::TooLarge { envelope, blob });
    }
    Ok(Some(Frame {
        envelope: read_part(reader, envelope).await?,
        blob: read_part(reader, blob).await?,
    }))
}

/// Grows with what really arrives, so that an announced length alone takes no memory.
async fn read_part(
    reader: &mut (impl AsyncRead + Unpin),
    length: u32,
) -> Result<Vec<u8>, FrameError> {
    let mut part = Vec::with_capacity(length.min(1 << 20) as usize);
    let read = reader
        .take(u64::from(length))
        .read_to_end(&mut part)
        .await
        .map_err(FrameError::Read)?;
    if read < length as usize {
        return Err(FrameError::Truncated);
    }
    Ok(part)
}

/// Header and envelope of a frame; the blob follows them.
pub(crate) fn encode_head(
    envelope: &impl serde::Serialize,
    blob_length: usize,
) -> Result<Vec<u8>, FrameError> {
    let mut head = vec![0; HEADER];
    serde_json::to_writer(&mut head, envelope).map_err(FrameError::Encode)?;
    let envelope = u32::try_from(head.len() - HEADER).unwrap_or(u32::MAX);
    let blob = u32::try_from(blob_length).unwrap_or(u32::MAX);
    if envelope > MAX_ENVELOPE || blob > MAX_BLOB {
        return Err(FrameError::TooLarge { envelope, blob });
    }
    head[..4].copy_from_slice(&envelope.to_be_bytes());
    head[4..HEADER].copy_from_slice(&blob.to_be_bytes());
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_frame_survives_the_way() {
        let mut bytes = encode_head(&serde_json::json!({"type": "x"}), 3).unwrap();
        bytes.extend_from_slice(&[0, 255, 1]);
        let mut reader = bytes.as_slice();
        let frame = read_frame(&mut reader).await.unwrap().unwrap();
        assert_eq!(frame.envelope, br#"{"type":"x"}"#);
        assert_eq!(frame.blob, [0, 255, 1]);
        assert!(read_frame(&mut reader).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_end_within_a_frame_is_an_error() {
        let bytes = encode_head(&serde_json::json!({"type": "x"}), 3).unwrap();
        for cut in 1..=bytes.len() {
            let result = read_frame(&mut &bytes[..cut]).await;
            assert!(matches!(result, Err(FrameError::Truncated)), "{cut}");
        }
    }

    #[tokio::test]
    async fn an_announced_length_over_the_limit_is_refused() {
        let bytes = [0xff; HEADER];
        assert!(matches!(
            read_frame(&mut bytes.as_slice()).await,
            Err(FrameError::TooLarge { .. })
        ));
    }
}
