//! File descriptors that travel with a frame (`SCM_RIGHTS`).

use std::{
    io::{self, IoSlice},
    os::fd::{AsRawFd, BorrowedFd},
};

use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use tokio::{io::Interest, net::UnixStream};

use super::frame::{FrameError, encode_head};

/// Sends a frame without blob. The descriptors go with its first byte, so the receiver has them
/// once it has read the frame.
pub(crate) async fn send_with_descriptors(
    stream: &UnixStream,
    envelope: &impl serde::Serialize,
    descriptors: &[BorrowedFd<'_>],
) -> Result<(), FrameError> {
    send_bytes(stream, &encode_head(envelope, 0)?, descriptors).await
}

/// Sends `head`, and the descriptors with its first byte.
pub(super) async fn send_bytes(
    stream: &UnixStream,
    head: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> Result<(), FrameError> {
    let raw: Vec<_> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    let mut sent = 0;
    while sent < head.len() {
        let rights = [ControlMessage::ScmRights(&raw)];
        let control: &[ControlMessage<'_>] = if sent == 0 && !raw.is_empty() {
            &rights
        } else {
            &[]
        };
        sent += stream
            .async_io(Interest::WRITABLE, || {
                sendmsg::<()>(
                    stream.as_raw_fd(),
                    &[IoSlice::new(&head[sent..])],
                    control,
                    MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL,
                    None,
                )
                .map_err(io::Error::from)
            })
            .await
            .map_err(FrameError::Write)?;
    }
    Ok(())
}
