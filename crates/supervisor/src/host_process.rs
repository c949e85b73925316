//! Which process of this host a row means, as `/proc` tells.

use std::{fmt::Write as _, fs};

use sha1::{Digest, Sha1};

/// The space in which our process ids mean something: containers share the kernel, and so its boot
/// id, but not their processes.
pub fn process_space() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let mut hash = Sha1::new();
    hash.update(boot.trim().as_bytes());
    hash.update(namespace.as_os_str().as_encoded_bytes());
    hash.finalize()
        .iter()
        .take(16)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// When the process started: field 22 of `/proc/<pid>/stat`, in clock ticks since the machine's
/// start. `None`: it is gone.
pub fn process_start_time(pid: i32) -> Option<i64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the command in parentheses, may hold anything.
    let (_, after_name) = stat.rsplit_once(") ")?;
    let state = after_name.split(' ').next()?;
    // Dead, but not reaped yet.
    if matches!(state, "Z" | "X") {
        return None;
    }
    after_name.split(' ').nth(19)?.parse().ok()
}
