//! Dependencies between the crates point one way.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// For each crate, the crates of this workspace that it may depend on outside of its tests.
const ALLOWED: &[(&str, &[&str])] = &[
    ("updraft-core", &[]),
    ("updraft-celery", &[]),
    ("updraft-config", &[]),
    ("updraft-secrets", &["updraft-core"]),
    ("updraft-task-logs", &["updraft-core"]),
    ("updraft-serialized-dag", &["updraft-core"]),
    ("updraft-metadata-db", &["updraft-config", "updraft-core"]),
    (
        "updraft-supervisor",
        &[
            "updraft-core",
            "updraft-metadata-db",
            "updraft-secrets",
            "updraft-task-logs",
        ],
    ),
    (
        "updraft-dag-processor",
        &[
            "updraft-core",
            "updraft-metadata-db",
            "updraft-serialized-dag",
            "updraft-supervisor",
        ],
    ),
    (
        "updraft-scheduler",
        &[
            "updraft-core",
            "updraft-metadata-db",
            "updraft-serialized-dag",
            "updraft-supervisor",
        ],
    ),
    (
        "updraft-cli",
        &[
            "updraft-config",
            "updraft-core",
            "updraft-dag-processor",
            "updraft-metadata-db",
            "updraft-scheduler",
            "updraft-secrets",
            "updraft-serialized-dag",
            "updraft-supervisor",
            "updraft-task-logs",
        ],
    ),
    // Used by tests alone; it makes databases, so it knows their tables.
    (
        "updraft-test-support",
        &["updraft-core", "updraft-metadata-db"],
    ),
];

/// What would let a rule do IO.
const NOT_FOR_CORE: &[&str] = &["tokio", "sqlx", "nix", "rand", "reqwest", "tracing"];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .unwrap();
    metadata
        .packages
        .iter()
        .map(|package| {
            let normal = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind == DependencyKind::Normal)
                .map(|dependency| dependency.name.clone())
                .collect();
            (package.name.to_string(), normal)
        })
        .collect()
}

#[test]
fn every_crate_depends_only_on_those_below_it() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    for (name, dependencies) in dependencies() {
        let below = allowed
            .get(name.as_str())
            .unwrap_or_else(|| panic!("{name} is not in the table"));
        for dependency in dependencies
            .iter()
            .filter(|name| name.starts_with("updraft-"))
        {
            assert!(
                below.contains(&dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn core_has_no_means_of_io() {
    let dependencies = dependencies();
    let core = &dependencies["updraft-core"];
    for name in NOT_FOR_CORE {
        assert!(!core.contains(*name), "core must not depend on {name}");
    }
}
