//! Listings, compared with Airflow's own (`recorded/record_discovery.py`).

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use serde::Deserialize;
use tempfile::TempDir;
use updraft_dag_processor::discovery::{
    DiscoveryError, IgnoreSyntax, Listing, SafeMode, list_dag_files,
};

#[derive(Deserialize)]
struct Case {
    name: String,
    syntax: String,
    safe_mode: bool,
    contents: BTreeMap<String, String>,
    #[serde(default)]
    ignore: BTreeMap<String, String>,
    #[serde(default)]
    links: BTreeMap<String, String>,
    found: Vec<String>,
}

fn make(case: &Case) -> TempDir {
    let root = TempDir::new().unwrap();
    for (name, text) in &case.contents {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    for (folder, text) in &case.ignore {
        fs::write(root.path().join(folder).join(".airflowignore"), text).unwrap();
    }
    for (name, target) in &case.links {
        symlink(root.path().join(target), root.path().join(name)).unwrap();
    }
    root
}

fn list(root: &Path, syntax: IgnoreSyntax, safe_mode: SafeMode) -> Listing {
    list_dag_files(root, syntax, safe_mode).unwrap()
}

fn names(listing: &Listing, root: &Path) -> Vec<String> {
    let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
    let mut names: Vec<String> = listing.files.iter().map(|file| name(&file.path)).collect();
    names.sort();
    names
}

#[test]
fn finds_what_airflow_finds() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("recorded/discovery.json")).unwrap();
    for case in cases {
        let root = make(&case);
        let syntax = match case.syntax.as_str() {
            "glob" => IgnoreSyntax::Glob,
            _ => IgnoreSyntax::Regexp,
        };
        let safe_mode = if case.safe_mode {
            SafeMode::Words
        } else {
            SafeMode::Off
        };
        let listing = list(root.path(), syntax, safe_mode);
        assert_eq!(names(&listing, root.path()), case.found, "{}", case.name);
    }
}

#[test]
fn bad_patterns_are_named_and_skipped() {
    let root = TempDir::new().unwrap();
    fs::write(root.path().join("a.py"), "dag airflow").unwrap();
    fs::write(root.path().join(".airflowignore"), "[z-a].py\nb\\\n").unwrap();
    let listing = list(root.path(), IgnoreSyntax::Glob, SafeMode::Words);
    assert_eq!(names(&listing, root.path()), ["a.py"]);
    assert_eq!(listing.warnings.len(), 2, "{:?}", listing.warnings);
    assert!(
        listing.warnings[0].contains("[z-a].py"),
        "{:?}",
        listing.warnings
    );
}

#[test]
fn a_loop_of_links_ends() {
    let root = TempDir::new().unwrap();
    fs::create_dir(root.path().join("sub")).unwrap();
    fs::write(root.path().join("sub/a.py"), "dag airflow").unwrap();
    symlink(root.path(), root.path().join("sub/back")).unwrap();
    symlink(root.path().join("sub"), root.path().join("again")).unwrap();
    let listing = list(root.path(), IgnoreSyntax::Regexp, SafeMode::Words);
    assert_eq!(names(&listing, root.path()), ["sub/a.py"]);
    assert_eq!(listing.warnings.len(), 2, "{:?}", listing.warnings);
}

#[test]
fn an_archive_is_one_file_with_the_places_of_its_dags() {
    let root = TempDir::new().unwrap();
    let archive = include_bytes!("recorded/packaged.zip");
    fs::write(root.path().join("packaged.zip"), archive).unwrap();
    fs::write(root.path().join("not_really.zip"), "dag airflow").unwrap();
    let listing = list(root.path(), IgnoreSyntax::Regexp, SafeMode::Words);
    assert_eq!(names(&listing, root.path()), ["packaged.zip"]);
    let place = |name: &str| {
        root.path()
            .join("packaged.zip")
            .join(name)
            .display()
            .to_string()
    };
    assert_eq!(
        listing.files[0].filelocs,
        [place("packaged_dag.py"), place("lib/more_dags.py")]
    );
}

#[test]
fn a_missing_folder_is_not_an_empty_one() {
    let root = TempDir::new().unwrap();
    let missing = root.path().join("missing");
    let result = list_dag_files(&missing, IgnoreSyntax::Regexp, SafeMode::Words);
    assert!(matches!(result, Err(DiscoveryError::Folder { path, .. }) if path == missing));
}

fn unknown(listing: &Listing, root: &Path) -> Vec<(String, bool)> {
    let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
    let mut unknown: Vec<_> = listing
        .unknown
        .iter()
        .map(|one| (name(&one.path), one.reason.is_some()))
        .collect();
    unknown.sort();
    unknown
}

/// Files and folders of modes that keep this thread out, also where the tests run as root.
#[test]
fn what_cannot_be_read_is_not_known() {
    let root = TempDir::new().unwrap();
    let at = |name: &str| root.path().join(name);
    let forbid = |path: &Path| fs::set_permissions(path, Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
    for folder in ["closed", "rules", "open", "ignored"] {
        fs::create_dir(at(folder)).unwrap();
        fs::write(at(folder).join("a.py"), "dag airflow").unwrap();
    }
    for file in ["secret.py", "secret.zip", "key.pem", "rules/.airflowignore"] {
        fs::write(at(file), "dag airflow").unwrap();
        forbid(&at(file));
    }
    fs::write(at(".airflowignore"), "ignored\n").unwrap();
    forbid(&at("closed"));
    forbid(&at("ignored"));
    symlink(at("loop.py"), at("loop.py")).unwrap();
    symlink(at("nowhere.py"), at("dangling.py")).unwrap();

    let nobody = nix::unistd::Uid::from_raw(65534);
    let own = nix::unistd::setfsuid(nobody);
    let listing = list(root.path(), IgnoreSyntax::Regexp, SafeMode::Words);
    nix::unistd::setfsuid(own);

    assert_eq!(names(&listing, root.path()), ["open/a.py"]);
    assert_eq!(
        unknown(&listing, root.path()),
        [
            ("closed", true),
            ("key.pem", false),
            ("loop.py", true),
            ("rules", true),
            ("secret.py", true),
            ("secret.zip", true),
        ]
        .map(|(name, told)| (name.to_owned(), told))
    );
    assert!(listing.is_unknown(&at("closed/a.py")));
    assert!(!listing.is_unknown(&at("closed.py")));
    assert!(!listing.is_unknown(&at("ignored/a.py")));
}

#[test]
fn a_damaged_archive_is_parsed_and_keeps_its_dags() {
    let root = TempDir::new().unwrap();
    let mut archive = include_bytes!("recorded/packaged.zip").to_vec();
    archive[..200].fill(0);
    let position = archive.windows(4).position(|four| four == b"PK\x01\x02");
    archive[position.unwrap()] = 0;
    fs::write(root.path().join("packaged.zip"), archive).unwrap();
    let listing = list(root.path(), IgnoreSyntax::Regexp, SafeMode::Words);
    assert_eq!(names(&listing, root.path()), ["packaged.zip"]);
    assert!(listing.is_unknown(&root.path().join("packaged.zip/packaged_dag.py")));
}
