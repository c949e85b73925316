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
    /// What is not known, so that nothing may be concluded about it or about anything below it.
    pub unknown: Vec<Unknown>,
    /// What a person should know: bad ignore patterns, loops.
    pub warnings: Vec<String>,
}

impl Listing {
    /// Whether the walk could not see `path`, so that its absence says nothing.
    pub fn is_unknown(&self, path: &Path) -> bool {
        let mut unknown = self.unknown.iter();
        unknown.any(|unknown| path.starts_with(&unknown.path))
    }
}

/// A file or folder that could not be read: a mount that is away, permissions that are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub path: PathBuf,
    /// `None` where nothing else makes it a DAG file, so that nobody needs to hear of it.
    pub reason: Option<String>,
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
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.unknown(folder, format!("cannot be listed: {error}")),
        };
        match fs::read(folder.join(IGNORE_FILE)) {
            Ok(text) => {
                let text = String::from_utf8_lossy(&text);
                let warnings = rules.extend(&text, folder, self.syntax);
                self.listing.warnings.extend(warnings);
            }
            Err(error) if is_no_file(&error) => {}
            // It may exclude anything.
            Err(error) => {
                let reason = format!("has an {IGNORE_FILE} that cannot be read: {error}");
                return self.unknown(folder, reason);
            }
        }
        let mut folders = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => folders.extend(self.entry(entry.path(), &rules)),
                Err(error) => self.unknown(folder, format!("cannot be listed: {error}")),
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
                Err(error) => self.unknown(&path, format!("cannot be resolved: {error}")),
            }
        }
    }

    /// Takes in a file; returns a folder that is to be walked.
    fn entry(&mut self, path: PathBuf, rules: &IgnoreRules) -> Option<PathBuf> {
        // Symbolic links are followed, as Airflow does.
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            // It went meanwhile, or is a link to nothing.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                if !rules.ignores(&path, self.root, false) {
                    self.unknown(&path, format!("cannot be looked at: {error}"));
                }
                return None;
            }
        };
        if metadata.is_dir() {
            return (!rules.ignores(&path, self.root, true)).then_some(path);
        }
        let may_be_dag_file = metadata.is_file()
            && path.file_name().is_none_or(|name| name != IGNORE_FILE)
            && !rules.ignores(&path, self.root, false);
        if may_be_dag_file {
            self.add(path, &metadata);
        }
        None
    }

    fn add(&mut self, path: PathBuf, metadata: &fs::Metadata) {
        let filelocs = match self.filelocs(&path) {
            Ok(Some(filelocs)) => filelocs,
            Ok(None) => return,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => {
                let has = |extension: &str| path.extension().is_some_and(|one| one == extension);
                self.listing.unknown.push(Unknown {
                    reason: (has("py") || has("zip")).then(|| format!("cannot be read: {error}")),
                    path,
                });
                return;
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

    /// What `fileloc` of the file's DAGs can be; `None` where it has none.
    fn filelocs(&mut self, path: &Path) -> io::Result<Option<Vec<String>>> {
        let is_python = path.extension().is_some_and(|extension| extension == "py");
        if !is_python && zip::is_zip(path)? {
            return self.archive(path).map(Some);
        }
        if !is_python && path != self.root {
            return Ok(None);
        }
        let has_dag = self.safe_mode.may_contain_dag(&fs::read(path)?);
        Ok(has_dag.then(|| vec![path.to_string_lossy().into_owned()]))
    }

    fn archive(&mut self, path: &Path) -> io::Result<Vec<String>> {
        let error = match archive_filelocs(path) {
            Ok(filelocs) => return Ok(filelocs),
            Err(error) => error.into_unreadable(),
        };
        match error {
            Ok(error) => Err(error),
            Err(damaged) => {
                // Parsed all the same: the import error is the better place for the message. Its
                // DAGs stay until it can be read.
                self.unknown(path, format!("cannot be looked into: {damaged}"));
                Ok(Vec::new())
            }
        }
    }

    fn unknown(&mut self, path: &Path, reason: String) {
        self.listing.unknown.push(Unknown {
            path: path.to_owned(),
            reason: Some(reason),
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

/// Airflow reads an ignore file only where there is a file of that name.
fn is_no_file(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotFound};
    matches!(error.kind(), NotFound | IsADirectory)
}
