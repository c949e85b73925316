//! Where spooled ends lie: a folder for each lease, a file for each try. The lock on the lease's file
//! says whether the supervisor that writes there lives.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use crate::lease_file::{self, Holder};

/// Below the runtime's folder.
const SPOOL: &str = "spool";
/// Files that nobody can read are moved here. No lease has that name.
const SET_ASIDE: &str = "unreadable";
/// What was being written when its supervisor died.
const DRAFT: &str = ".draft";

/// The folder of a live supervisor.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
}

impl Spool {
    pub(crate) fn new(runtime_dir: &Path, lease_id: &str) -> Self {
        Self {
            folder: folder(runtime_dir, lease_id),
        }
    }

    /// The file is there whole, and stays after a power loss, or it is not there. Blocking.
    pub(crate) fn write(&self, tag: &str, bytes: &[u8]) -> io::Result<()> {
        let is_new = !self.folder.is_dir();
        // What tasks hand to each other may be secret.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        let draft = self.folder.join(format!("{tag}{DRAFT}"));
        let written = write_draft(&draft, bytes)
            .and_then(|()| fs::rename(&draft, self.folder.join(tag)))
            .and_then(|()| sync_folder(&self.folder));
        if let Err(error) = written {
            // On a full disk it would only be in the way.
            let _ = fs::remove_file(&draft);
            return Err(error);
        }
        match self.folder.parent() {
            Some(parent) if is_new => sync_folder(parent),
            _ => Ok(()),
        }
    }

    /// The end is stored where it belongs. Blocking, for a moment.
    pub(crate) fn remove(&self, tag: &str) {
        remove_file(&self.folder.join(tag));
    }

    /// Unless something is left in it for a successor. Blocking, for a moment.
    pub(crate) fn close(&self) {
        // Most supervisors never made it.
        let _ = fs::remove_dir(&self.folder);
    }
}

/// The folder of a supervisor that is gone. Nobody else takes it as long as this lives, except on a
/// file system that keeps locks to each machine, where the rows' guards are what is left.
#[derive(Debug)]
pub(crate) struct Abandoned {
    runtime_dir: PathBuf,
    lease_id: String,
    #[expect(dead_code, reason = "held, never read: its lock is the message")]
    lock: Option<File>,
}

/// A file in it.
#[derive(Debug)]
pub(crate) struct SpooledFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: io::Result<Vec<u8>>,
}

impl Abandoned {
    /// All of them. Blocking.
    pub(crate) fn find(runtime_dir: &Path, own_lease: &str) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        for name in names(&runtime_dir.join(SPOOL))? {
            let Ok(lease_id) = name.into_string() else {
                continue;
            };
            if lease_id != own_lease && lease_id != SET_ASIDE {
                found.extend(Self::take(runtime_dir, lease_id));
            }
        }
        Ok(found)
    }

    fn take(runtime_dir: &Path, lease_id: String) -> Option<Self> {
        let lock = match lease_file::holder(runtime_dir, &lease_id) {
            Holder::Lives => return None,
            Holder::Gone(lock) => lock,
        };
        Some(Self {
            runtime_dir: runtime_dir.to_owned(),
            lease_id,
            lock,
        })
    }

    /// Whether something lies there of the supervisor of that lease, which is dead, or that cannot be
    /// told. Blocking, for a moment.
    pub(crate) fn is_left(runtime_dir: &Path, lease_id: &str) -> bool {
        names(&folder(runtime_dir, lease_id)).map_or(true, |names| !names.is_empty())
    }

    pub(crate) fn lease_id(&self) -> &str {
        &self.lease_id
    }

    /// Blocking.
    pub(crate) fn files(&self) -> io::Result<Vec<SpooledFile>> {
        let folder = folder(&self.runtime_dir, &self.lease_id);
        let files = names(&folder)?.into_iter().map(|name| {
            let path = folder.join(name);
            SpooledFile {
                bytes: fs::read(&path),
                path,
            }
        });
        Ok(files.collect())
    }

    /// For people: nobody else can do anything with it. Where it lies now; blocking.
    pub(crate) fn set_aside(&self, path: &Path) -> io::Result<PathBuf> {
        let folder = self.runtime_dir.join(SPOOL).join(SET_ASIDE);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let to = folder.join(format!("{}-{name}", self.lease_id));
        fs::rename(path, &to)?;
        Ok(to)
    }

    /// Blocking, for a moment.
    pub(crate) fn remove(path: &Path) {
        remove_file(path);
    }

    /// Blocking, for a moment.
    pub(crate) fn close(self) {
        // What could not be read stays.
        let _ = fs::remove_dir(folder(&self.runtime_dir, &self.lease_id));
    }
}

/// Of everything in a folder. One that is not there is empty; what cannot be read may be anything.
fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn folder(runtime_dir: &Path, lease_id: &str) -> PathBuf {
    runtime_dir.join(SPOOL).join(lease_id)
}

fn write_draft(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn remove_file(path: &Path) {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "cannot remove a spooled end");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::lease_file::LeaseFile;

    fn sorted(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_its_user_can_read_what_is_spooled() {
        let runtime = tempfile::tempdir().unwrap();
        let spool = Spool::new(runtime.path(), "lease");
        spool.write("tag", b"first").unwrap();
        spool.write("tag", b"second").unwrap();
        let folder = runtime.path().join("spool/lease");
        assert_eq!(sorted(&folder), ["tag"]);
        assert_eq!(fs::read(folder.join("tag")).unwrap(), b"second");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("tag"))), (0o700, 0o600));
        spool.remove("tag");
        spool.close();
        assert!(!folder.exists());
    }

    #[test]
    fn what_a_live_supervisor_spooled_is_left_to_it() {
        let runtime = tempfile::tempdir().unwrap();
        let lives = LeaseFile::hold(runtime.path(), "lives").unwrap();
        for lease in ["lives", "own", "dead"] {
            Spool::new(runtime.path(), lease).write("tag", b"").unwrap();
        }
        let found = Abandoned::find(runtime.path(), "own").unwrap();
        let leases: Vec<_> = found.iter().map(|folder| &folder.lease_id).collect();
        assert_eq!(leases, ["dead"]);
        drop(lives);
        assert_eq!(Abandoned::find(runtime.path(), "own").unwrap().len(), 2);
    }

    #[test]
    fn what_somebody_deals_with_is_not_taken_by_another() {
        let runtime = tempfile::tempdir().unwrap();
        drop(LeaseFile::hold(runtime.path(), "dead").unwrap());
        Spool::new(runtime.path(), "dead")
            .write("tag", b"")
            .unwrap();
        let found = Abandoned::find(runtime.path(), "own").unwrap();
        let another = Abandoned::find(runtime.path(), "another").unwrap();
        assert!(another.is_empty());
        assert!(Abandoned::is_left(runtime.path(), "dead"));
        for file in found[0].files().unwrap() {
            Abandoned::remove(&file.path);
        }
        assert!(!Abandoned::is_left(runtime.path(), "dead"));
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_nothing() {
        let runtime = tempfile::tempdir().unwrap();
        assert!(!Abandoned::is_left(runtime.path(), "dead"), "there is none");
        let spool = runtime.path().join("spool");
        fs::create_dir(&spool).unwrap();
        fs::write(spool.join("dead"), "no folder").unwrap();
        assert!(Abandoned::is_left(runtime.path(), "dead"));
        fs::remove_dir_all(&spool).unwrap();
        fs::write(&spool, "no folder").unwrap();
        Abandoned::find(runtime.path(), "own").unwrap_err();
    }

    #[test]
    fn a_disk_that_takes_nothing_is_an_error() {
        let runtime = tempfile::tempdir().unwrap();
        fs::write(runtime.path().join("spool"), "in the way").unwrap();
        Spool::new(runtime.path(), "lease")
            .write("tag", b"")
            .unwrap_err();
    }
}
