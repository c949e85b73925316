//! Signals to process groups.

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};

/// SIGTERM to every process of the group.
pub(crate) fn terminate_group(leader: Pid) {
    signal_group(leader, Signal::SIGTERM);
}

/// SIGKILL to every process of the group.
pub(crate) fn kill_group(leader: Pid) {
    signal_group(leader, Signal::SIGKILL);
}

fn signal_group(leader: Pid, signal: Signal) {
    match killpg(leader, signal) {
        Ok(()) => {}
        // So young that it has no group of its own yet, or gone.
        Err(Errno::ESRCH) => drop(kill(leader, signal)),
        Err(error) => {
            tracing::warn!(pid = leader.as_raw(), %signal, %error, "cannot signal a process group");
        }
    }
}
