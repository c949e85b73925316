//! The walk through the DAG folder.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use updraft_core::UtcDateTime;

use super::{
    IgnoreSyntax, SafeMode,
    ignore::IgnoreRules,
    zip::{self, ZipError},
};

pub(super) const IGNORE_FILE: &str = ".airflowignore";

/// A file that may define DAGs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DagFile {
    pub path: PathBuf,
    pub modified: UtcDateTime,
    /// What `dag.fileloc` of its DAGs can be: the path itself, or that of each member of an archive.
    pub filelocs: Vec<String>,
}

/// Result of one walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In order of their paths.
    pub files: Vec<DagFile>,
    /// What a person should know: bad ignore patterns, loops, unreadable files.
    pub warnings: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// Told apart from an empty folder: DAGs must not be deactivated because a mount is away.
    #[error("cannot read the DAG folder {}", path.display())]
    Folder { path: PathBuf, source: io::Error },
}

/// Lists the DAG files at or below `root`, which may also be a single file.
pub fn list_dag_files(
    root: &Path,
    syntax: IgnoreSyntax,
    safe_mode: SafeMode,
) -> Result<Listing, DiscoveryError> {
    let unreadable = |source| DiscoveryError::Folder {
        path: root.to_owned(),
        source,
    };
    let metadata = fs::metadata(root).map_err(unreadable)?;
    let mut walk = Walk {
        root,
        syntax,
        safe_mode,
        seen: HashSet::new(),
        listing: Listing::default(),
    };
    if metadata.is_file() {
        walk.add(root.to_owned(), &metadata);
        return Ok(walk.listing);
    }
    fs::read_dir(root).map_err(unreadable)?;
    walk.seen
        .insert(fs::canonicalize(root).map_err(unreadable)?);
    walk.folder(root, IgnoreRules::default());
    walk.listing.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(walk.listing)
}

struct Walk<'a> {
    root: &'a Path,
    syntax: IgnoreSyntax,
    safe_mode: SafeMode,
    /// Real paths of the folders walked, against loops of symbolic links.
    seen: HashSet<PathBuf>,
    listing: Listing,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, mut rules: IgnoreRules) {
        let Ok(entries) = fs::read_dir(folder) else {
            self.warn(format!("cannot list {}", folder.display()));
            return;
        };
        match fs::read(folder.join(IGNORE_FILE)) {
            Ok(text) => {
                let text = String::from_utf8_lossy(&text);
                let warnings = rules.extend(&text, folder, self.syntax);
                self.listing.warnings.extend(warnings);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.warn(format!(
                "cannot read {}: {error}",
                folder.join(IGNORE_FILE).display()
            )),
        }
        let mut folders = Vec::new();
        for entry in entries.flatten() {
            let path = entry.path();
            // Symbolic links are followed, as Airflow does.
            let Ok(metadata) = fs::metadata(&path) else {
                continue;
            };
            if metadata.is_dir() {
                if !rules.ignores(&path, self.root, true) {
                    folders.push(path);
                }
            } else if metadata.is_file()
                && path.file_name().is_none_or(|name| name != IGNORE_FILE)
                && !rules.ignores(&path, self.root, false)
                && (path.extension().is_some_and(|extension| extension == "py")
                    || zip::is_zip(&path))
            {
                self.add(path, &metadata);
            }
        }
        // A folder under its own name goes before links to it.
        folders.sort_by_key(|path| (path.is_symlink(), path.clone()));
        for path in folders {
            match fs::canonicalize(&path) {
                Ok(real) if self.seen.insert(real.clone()) => self.folder(&path, rules.clone()),
                Ok(_) => self.warn(format!(
                    "not walking {} a second time: a symbolic link leads back to it",
                    path.display()
                )),
                Err(error) => self.warn(format!("cannot resolve {}: {error}", path.display())),
            }
        }
    }

    fn add(&mut self, path: PathBuf, metadata: &fs::Metadata) {
        let is_python = path.extension().is_some_and(|extension| extension == "py");
        let filelocs = if !is_python && zip::is_zip(&path) {
            match archive_filelocs(&path) {
                Ok(filelocs) => filelocs,
                Err(error) => {
                    // Parsed all the same: the import error is the better place for the message.
                    self.warn(format!("cannot look into {}: {error}", path.display()));
                    Vec::new()
                }
            }
        } else {
            match fs::read(&path) {
                Ok(content) if self.safe_mode.may_contain_dag(&content) => {
                    vec![path.to_string_lossy().into_owned()]
                }
                Ok(_) => return,
                Err(error) => {
                    self.warn(format!("cannot read {}: {error}", path.display()));
                    return;
                }
            }
        };
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| Timestamp::try_from(time).ok())
            .map_or(UtcDateTime::UNIX_EPOCH, UtcDateTime::from);
        self.listing.files.push(DagFile {
            path,
            modified,
            filelocs,
        });
    }

    fn warn(&mut self, message: String) {
        self.listing.warnings.push(message);
    }
}

/// What `dag.fileloc` of a DAG in the archive can be.
fn archive_filelocs(path: &Path) -> Result<Vec<String>, ZipError> {
    let mut filelocs = Vec::new();
    for member in zip::members(path)? {
        // Airflow asks for the words here whatever the mode.
        if !member.name.ends_with('/')
            && SafeMode::Words.may_contain_dag(&zip::read_member(path, &member)?)
        {
            filelocs.push(path.join(&member.name).to_string_lossy().into_owned());
        }
    }
    Ok(filelocs)
}
