//! A file for each lease that its supervisor keeps locked as long as it lives: what is known of a
//! supervisor of another boot beyond its silence. See `docs/decisions/0002-dead-supervisors.md`.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use nix::sys::statfs::{
    BTRFS_SUPER_MAGIC, EXT4_SUPER_MAGIC, F2FS_SUPER_MAGIC, FsType, OVERLAYFS_SUPER_MAGIC,
    TMPFS_MAGIC, XFS_SUPER_MAGIC, fstatfs,
};

/// The kernel that mounts one of these sees every lock on it. A network's file system may keep locks
/// to each of its clients.
const LOCAL: [FsType; 6] = [
    BTRFS_SUPER_MAGIC,
    EXT4_SUPER_MAGIC,
    F2FS_SUPER_MAGIC,
    OVERLAYFS_SUPER_MAGIC,
    TMPFS_MAGIC,
    XFS_SUPER_MAGIC,
];

/// The lock on the file of our lease. The kernel gives it up with the process.
#[derive(Debug)]
pub(crate) struct LeaseFile {
    path: PathBuf,
    #[expect(dead_code, reason = "held, never read: its lock is the message")]
    file: File,
}

impl LeaseFile {
    /// Blocking, for a moment.
    pub(crate) fn hold(runtime_dir: &Path, lease_id: &str) -> io::Result<Self> {
        let path = path(runtime_dir, lease_id);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = File::create_new(&path)?;
        file.try_lock().map_err(io::Error::from)?;
        Ok(Self { path, file })
    }

    /// Our lease has ended, and nobody will ask.
    pub(crate) fn remove(&self) {
        remove_file(&self.path);
    }
}

/// Whether the supervisor with that lease ran on a disk of this machine, and holds its file no more.
/// No: it holds it, or there is nothing to tell by. Blocking, for a moment.
pub(crate) fn is_abandoned(runtime_dir: &Path, lease_id: &str) -> bool {
    let Ok(file) = File::open(path(runtime_dir, lease_id)) else {
        return false;
    };
    let is_local = fstatfs(&file).is_ok_and(|found| LOCAL.contains(&found.filesystem_type()));
    is_local && file.try_lock().is_ok()
}

/// What the lock on a lease's file tells of its supervisor. A file system that keeps locks to each
/// machine tells of this machine alone.
pub(crate) enum Holder {
    /// Or it cannot be told.
    Lives,
    /// With the lock, where there is a file.
    Gone(Option<File>),
}

/// Blocking, for a moment.
pub(crate) fn holder(runtime_dir: &Path, lease_id: &str) -> Holder {
    // For writing: NFS gives an exclusive lock to nobody else.
    let file = File::options()
        .read(true)
        .write(true)
        .open(path(runtime_dir, lease_id));
    match file {
        Ok(file) => match file.try_lock() {
            Ok(()) => Holder::Gone(Some(file)),
            Err(_) => Holder::Lives,
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Holder::Gone(None),
        Err(_) => Holder::Lives,
    }
}

/// The lease of a dead supervisor has ended.
pub(crate) fn remove(runtime_dir: &Path, lease_id: &str) {
    remove_file(&path(runtime_dir, lease_id));
}

fn path(runtime_dir: &Path, lease_id: &str) -> PathBuf {
    runtime_dir.join("leases").join(lease_id)
}

fn remove_file(path: &Path) {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "cannot remove a lease's file");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_abandoned_when_its_holder_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_abandoned(folder.path(), "one"), "there is no file");
        let held = LeaseFile::hold(folder.path(), "one").unwrap();
        assert!(!is_abandoned(folder.path(), "one"), "it is held");
        drop(held);
        assert!(is_abandoned(folder.path(), "one"));
        assert!(
            is_abandoned(folder.path(), "one"),
            "looking changes nothing"
        );
        remove(folder.path(), "one");
        assert!(!is_abandoned(folder.path(), "one"));
    }
}
