//! Which DAG files depend on which other files.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use crate::parsed::ParsedFile;

#[derive(Debug, Default)]
pub(crate) struct Dependencies {
    by_file: HashMap<PathBuf, Touched>,
}

#[derive(Debug)]
struct Touched {
    files: HashSet<PathBuf>,
    folders: HashSet<PathBuf>,
}

impl Dependencies {
    /// What the import of the file read this time.
    pub(crate) fn set(&mut self, file: &ParsedFile) {
        let touched = Touched {
            files: file.files.iter().map(PathBuf::from).collect(),
            folders: file.folders.iter().map(PathBuf::from).collect(),
        };
        self.by_file.insert(PathBuf::from(&file.path), touched);
    }

    pub(crate) fn forget(&mut self, path: &Path) {
        self.by_file.remove(path);
    }

    /// DAG files whose import read `path`.
    pub(crate) fn readers<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a Path> {
        self.by_file
            .iter()
            .filter(move |(_, touched)| touched.files.contains(path))
            .map(|(file, _)| file.as_path())
    }

    /// DAG files whose import listed the folder of `path`.
    pub(crate) fn listers<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a Path> {
        let folder = path.parent();
        self.by_file
            .iter()
            .filter(move |(_, touched)| folder.is_some_and(|one| touched.folders.contains(one)))
            .map(|(file, _)| file.as_path())
    }
}
