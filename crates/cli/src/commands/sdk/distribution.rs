//! The bundled API as pip sees it: a distribution named `apache-airflow`.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use updraft_supervisor::{BundledFile, bundled_api};

/// What `INSTALLER` says of a distribution that we wrote.
pub(super) const INSTALLER: &str = "updraft";
const FOLDER: &str = "apache_airflow-2.10.5.dist-info";

/// So that pip takes provider packages' requirement of `apache-airflow` for met.
const METADATA: &str = "\
Metadata-Version: 2.1
Name: apache-airflow
Version: 2.10.5
Summary: The authoring API of Airflow 2.10, as Updraft brings it
License: Apache-2.0
Requires-Python: >=3.9
Requires-Dist: jinja2>=3.0
Requires-Dist: pendulum>=2.1.2
";
const WHEEL: &str = "\
Wheel-Version: 1.0
Generator: updraft
Root-Is-Purelib: true
Tag: py3-none-any
";

/// Writes the package and its metadata; the number of files.
pub(super) fn write(site_packages: &Path) -> io::Result<usize> {
    let mut record = String::new();
    let files = bundled_api();
    for BundledFile { path, data, sha256 } in &files {
        let path = Path::new("airflow").join(path);
        write_file(&site_packages.join(&path), data)?;
        let hash = BASE64_URL_SAFE_NO_PAD.encode(sha256);
        let _ = writeln!(record, "{},sha256={hash},{}", path.display(), data.len());
    }
    let folder = site_packages.join(FOLDER);
    for (name, text) in [
        ("METADATA", METADATA),
        ("WHEEL", WHEEL),
        ("INSTALLER", INSTALLER),
    ] {
        write_file(&folder.join(name), text.as_bytes())?;
        let _ = writeln!(record, "{FOLDER}/{name},,");
    }
    let _ = writeln!(record, "{FOLDER}/RECORD,,");
    // Last: with it the distribution is whole.
    write_file(&folder.join("RECORD"), record.as_bytes())?;
    Ok(files.len())
}

/// Removes what [`write`] wrote and the folders that are empty then; provider packages stay.
pub(super) fn remove(site_packages: &Path) -> io::Result<usize> {
    let record = fs::read_to_string(site_packages.join(FOLDER).join("RECORD"))?;
    let files: Vec<_> = record
        .lines()
        .filter_map(|line| line.split(',').next())
        .map(|path| site_packages.join(path))
        .collect();
    for file in &files {
        remove_with_byte_code(file)?;
    }
    let mut folders: Vec<_> = files.iter().filter_map(|file| file.parent()).collect();
    folders.sort_unstable();
    folders.dedup();
    // The deepest first.
    for folder in folders.into_iter().rev() {
        let mut empty = folder;
        while empty != site_packages && fs::remove_dir(empty).is_ok() {
            let Some(parent) = empty.parent() else { break };
            empty = parent;
        }
    }
    Ok(files.len())
}

fn write_file(path: &Path, data: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, data)
}

fn remove_with_byte_code(file: &Path) -> io::Result<()> {
    if let (Some(folder), Some(stem)) = (file.parent(), file.file_stem()) {
        let cache: PathBuf = folder.join("__pycache__");
        let prefix = format!("{}.", stem.to_string_lossy());
        for entry in fs::read_dir(&cache).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                fs::remove_file(entry.path())?;
            }
        }
        // Not empty while other modules have byte code there.
        let _ = fs::remove_dir(cache);
    }
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
