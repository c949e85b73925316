//! The embedded Python runtime, unpacked by content hash.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use rust_embed::RustEmbed;
use sha1::{Digest, Sha1};

#[derive(RustEmbed)]
#[folder = "../../python/updraft_runtime"]
struct RuntimeFiles;

/// Unpacks the runtime into a folder below `parent` whose name is its content, unless it is there;
/// the folder that holds the package `updraft_runtime`.
pub(crate) fn unpack(parent: &Path) -> io::Result<PathBuf> {
    let mut names: Vec<_> = RuntimeFiles::iter()
        // Byte code of a development checkout stays out.
        .filter(|name| Path::new(name.as_ref()).extension() == Some("py".as_ref()))
        .collect();
    names.sort();
    let mut hash = Sha1::new();
    for name in &names {
        if let Some(file) = RuntimeFiles::get(name) {
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(file.metadata.sha256_hash());
        }
    }
    let digest = hash
        .finalize()
        .iter()
        .take(8)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
    let folder = parent.join(format!("runtime-{digest}"));
    if folder.is_dir() {
        return Ok(folder);
    }
    // Others may unpack at the same moment: the rename of a whole folder decides.
    let draft = parent.join(format!(".runtime-{digest}-{}", std::process::id()));
    let package = draft.join("updraft_runtime");
    fs::create_dir_all(&package)?;
    for name in &names {
        if let Some(file) = RuntimeFiles::get(name) {
            let path = package.join(name.as_ref());
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)?;
            }
            fs::write(path, &file.data)?;
        }
    }
    match fs::rename(&draft, &folder) {
        Ok(()) => Ok(folder),
        Err(_) if folder.is_dir() => {
            fs::remove_dir_all(&draft)?;
            Ok(folder)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_once() {
        let parent = tempfile::tempdir().unwrap();
        let folder = unpack(parent.path()).unwrap();
        assert!(folder.join("updraft_runtime/__main__.py").is_file());
        assert_eq!(unpack(parent.path()).unwrap(), folder);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }
}
