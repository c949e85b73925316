//! Task logs below `[logging] base_log_folder`.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// The folder of the task logs.
#[derive(Clone, Debug)]
pub struct LocalLogs {
    pub base_log_folder: PathBuf,
    /// Of new folders, before the process's umask.
    pub folder_permissions: u32,
    /// Of new files, whatever the umask.
    pub file_permissions: u32,
}

impl LocalLogs {
    /// With the permissions that Airflow has by default.
    pub fn new(base_log_folder: impl Into<PathBuf>) -> Self {
        Self {
            base_log_folder: base_log_folder.into(),
            folder_permissions: 0o775,
            file_permissions: 0o664,
        }
    }

    pub fn path(&self, relative: &Path) -> PathBuf {
        self.base_log_folder.join(relative)
    }

    /// Opens the log for appending, and makes it and its folders where they are missing.
    ///
    /// Several processes may write to one log: each of their writes goes to the end.
    pub fn open(&self, relative: &Path) -> io::Result<File> {
        let path = self.path(relative);
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(self.folder_permissions)
                .create(folder)?;
        }
        let append = OpenOptions::new().append(true).to_owned();
        match append.clone().create_new(true).open(&path) {
            Ok(file) => {
                // Another user may own the folder's file system and forbid it; the log is usable even
                // so, and stock goes on as well.
                let _ = file.set_permissions(Permissions::from_mode(self.file_permissions));
                Ok(file)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => append.open(&path),
            Err(error) => Err(error),
        }
    }
}
