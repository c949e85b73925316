//! A socket that carries frames both ways.

use std::os::fd::BorrowedFd;

use tokio::{
    io::AsyncWriteExt,
    net::{UnixStream, unix::OwnedWriteHalf},
    sync::mpsc,
};
use tokio_util::task::AbortOnDropHandle;

use super::{
    descriptors::send_bytes,
    frame::{Frame, FrameError, encode_head, read_frame},
};

/// Frames that may wait unread: a child that sends faster than we store is slowed down by its
/// full socket.
const UNREAD_FRAMES: usize = 4;

#[derive(Debug)]
pub(crate) struct Channel {
    writer: OwnedWriteHalf,
    frames: mpsc::Receiver<Result<Frame, FrameError>>,
    #[expect(dead_code, reason = "held, never read: it ends the reader")]
    reader: AbortOnDropHandle<()>,
}

impl Channel {
    pub(crate) fn new(stream: UnixStream) -> Self {
        let (mut reader, writer) = stream.into_split();
        let (sender, frames) = mpsc::channel(UNREAD_FRAMES);
        // Reading a frame cannot be interrupted half-way, so it has a task of its own, which ends
        // with the stream or with this value.
        let reading = tokio::spawn(async move {
            loop {
                let item = match read_frame(&mut reader).await {
                    Ok(Some(frame)) => Ok(frame),
                    Ok(None) => break,
                    Err(error) => Err(error),
                };
                let failed = item.is_err();
                if sender.send(item).await.is_err() || failed {
                    break;
                }
            }
        });
        Self {
            writer,
            frames,
            reader: AbortOnDropHandle::new(reading),
        }
    }

    /// The next frame; `None` at the end of the stream. Cancel-safe.
    pub(crate) async fn receive(&mut self) -> Option<Result<Frame, FrameError>> {
        self.frames.recv().await
    }

    pub(crate) async fn send(
        &mut self,
        envelope: &impl serde::Serialize,
        blob: &[u8],
    ) -> Result<(), FrameError> {
        let head = encode_head(envelope, blob.len())?;
        self.writer
            .write_all(&head)
            .await
            .map_err(FrameError::Write)?;
        self.writer.write_all(blob).await.map_err(FrameError::Write)
    }

    /// As [`Self::send`], with a file descriptor that the receiver gets with the frame.
    pub(crate) async fn send_with(
        &mut self,
        envelope: &impl serde::Serialize,
        blob: &[u8],
        descriptor: Option<BorrowedFd<'_>>,
    ) -> Result<(), FrameError> {
        let Some(descriptor) = descriptor else {
            return self.send(envelope, blob).await;
        };
        let head = encode_head(envelope, blob.len())?;
        send_bytes(self.writer.as_ref(), &head, &[descriptor]).await?;
        self.writer.write_all(blob).await.map_err(FrameError::Write)
    }

    /// The socket, for messages that carry file descriptors.
    pub(crate) fn stream(&self) -> &UnixStream {
        self.writer.as_ref()
    }
}
