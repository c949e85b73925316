//! The end of a child whose fork server died: nobody reports it.

use std::{
    os::fd::{FromRawFd, OwnedFd},
    time::Duration,
};

use nix::{
    errno::Errno,
    libc,
    sys::wait::{WaitPidFlag, WaitStatus, waitpid},
    unistd::Pid,
};
use tokio::{io::unix::AsyncFd, sync::broadcast};

use super::exit::Exit;

/// How long the zygote, which inherits the children of warm processes, may take to report an end
/// that the kernel already reported.
const REPORT_DELAY: Duration = Duration::from_millis(500);

/// Waits for the end of a process that is no child of a fork server of ours any more. The status
/// is known where the zygote inherited and reports it, or where we (a subreaper) did.
pub(crate) async fn wait(pid: Pid, mut reports: broadcast::Receiver<(Pid, Exit)>) -> Exit {
    let reported = async {
        loop {
            match reports.recv().await {
                Ok((reported, exit)) if reported == pid => return exit,
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    tokio::pin!(reported);
    let ended = async {
        match process_descriptor(pid) {
            Ok(descriptor) => drop(descriptor.readable().await),
            // There is no such process any more.
            Err(error) => tracing::debug!(pid = pid.as_raw(), %error, "no process to wait for"),
        }
    };
    tokio::select! {
        exit = &mut reported => return exit,
        () = ended => {}
    }
    if let Some(exit) = reap(pid) {
        return exit;
    }
    tokio::time::timeout(REPORT_DELAY, reported)
        .await
        .unwrap_or_default()
}

fn reap(pid: Pid) -> Option<Exit> {
    match waitpid(pid, Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::Exited(_, code)) => Some(Exit {
            code: Some(code),
            ..Exit::default()
        }),
        Ok(WaitStatus::Signaled(_, signal, _)) => Some(Exit {
            signal: Some(signal as i32),
            ..Exit::default()
        }),
        Ok(_) | Err(Errno::ECHILD) => None,
        Err(error) => {
            tracing::debug!(pid = pid.as_raw(), %error, "cannot reap");
            None
        }
    }
}

/// A descriptor that becomes readable when the process ends.
fn process_descriptor(pid: Pid) -> std::io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: pidfd_open takes two integers and gives a new descriptor, which nothing else owns,
    // or -1. The registration owns the descriptor, so it stays open as long as it is polled.
    #[expect(
        unsafe_code,
        reason = "nix has no pidfd_open, tokio no safe registration"
    )]
    unsafe {
        let descriptor = libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0);
        match i32::try_from(descriptor) {
            Ok(descriptor) if descriptor >= 0 => {
                AsyncFd::register(OwnedFd::from_raw_fd(descriptor)).map_err(std::io::Error::from)
            }
            _ => Err(std::io::Error::last_os_error()),
        }
    }
}
