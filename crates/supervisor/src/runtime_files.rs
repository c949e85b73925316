//! The embedded Python packages, unpacked by content hash.

use std::{
    borrow::Cow,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use rust_embed::{EmbeddedFile, RustEmbed};
use sha1::{Digest, Sha1};

#[derive(RustEmbed)]
#[folder = "../../python/updraft_runtime"]
struct Runtime;

/// The bundled authoring API: `import airflow` where `apache-airflow` is not to be used. It lies apart,
/// because it is on the path of Python only where it is chosen.
#[derive(RustEmbed)]
#[folder = "../../python/airflow"]
struct Airflow;

/// A file of the bundled API.
pub struct BundledFile {
    /// Within the package `airflow`.
    pub path: PathBuf,
    pub data: Cow<'static, [u8]>,
    pub sha256: [u8; 32],
}

/// The bundled authoring API, for those who want it in an environment of their own.
pub fn bundled_api() -> Vec<BundledFile> {
    package::<Airflow>("")
        .into_iter()
        .map(|Packed { path, file }| BundledFile {
            path,
            sha256: file.metadata.sha256_hash(),
            data: file.data,
        })
        .collect()
}

struct Packed {
    path: PathBuf,
    file: EmbeddedFile,
}

/// Unpacks the packages into a folder below `parent` whose name is their content, unless it is there;
/// the folder that holds the package `updraft_runtime`, and in `bundled` the package `airflow`.
pub(crate) fn unpack(parent: &Path) -> io::Result<PathBuf> {
    let files = files();
    let digest = digest(&files);
    let folder = parent.join(format!("runtime-{digest}"));
    if folder.is_dir() {
        return Ok(folder);
    }
    // Others may unpack at the same moment: the rename of a whole folder decides.
    let draft = parent.join(format!(".runtime-{digest}-{}", std::process::id()));
    for Packed { path, file } in &files {
        let path = draft.join(path);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(path, &file.data)?;
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

fn files() -> Vec<Packed> {
    let mut files = package::<Runtime>("updraft_runtime");
    files.extend(package::<Airflow>("bundled/airflow"));
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

/// All but the byte code of a development checkout.
fn package<Embedded: RustEmbed>(folder: &str) -> Vec<Packed> {
    Embedded::iter()
        .filter(|name| !name.ends_with(".pyc"))
        .filter_map(|name| {
            let file = Embedded::get(&name)?;
            let path = Path::new(folder).join(name.as_ref());
            Some(Packed { path, file })
        })
        .collect()
}

fn digest(files: &[Packed]) -> String {
    let mut hash = Sha1::new();
    for Packed { path, file } in files {
        hash.update(path.as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(file.metadata.sha256_hash());
    }
    let bytes = hash.finalize();
    bytes.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_once() {
        let parent = tempfile::tempdir().unwrap();
        let folder = unpack(parent.path()).unwrap();
        assert!(folder.join("updraft_runtime/__main__.py").is_file());
        assert!(folder.join("bundled/airflow/__init__.py").is_file());
        assert_eq!(unpack(parent.path()).unwrap(), folder);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }
}
