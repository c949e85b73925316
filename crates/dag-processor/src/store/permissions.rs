//! Permissions that the web server grants on single DAGs.

use updraft_metadata_db::{
    Error, Tx,
    dag_processing::{self as queries, Grant, Permission},
};

use crate::parsed::ParsedDag;

/// Name in `access_control`, prefix of the resource, actions.
const RESOURCES: [(&str, &str, &[&str]); 2] = [
    ("DAGs", "DAG:", &["can_read", "can_edit", "can_delete"]),
    (
        "DAG Runs",
        "DAG Run:",
        &["can_read", "can_create", "can_delete", "menu_access"],
    ),
];

/// Writes the permissions of DAGs whose form is new, and the grants of those that name them. As
/// with Airflow, changes by an administrator stay until the DAG changes.
pub(super) async fn write(tx: &mut Tx, dags: &[&ParsedDag]) -> Result<(), Error> {
    let permissions: Vec<Permission> = dags
        .iter()
        .flat_map(|dag| {
            let dag_id = &dag.columns.dag_id;
            RESOURCES.iter().flat_map(move |(_, prefix, actions)| {
                actions.iter().map(move |action| Permission {
                    action: (*action).to_owned(),
                    resource: resource(prefix, dag_id),
                })
            })
        })
        .collect();
    queries::write_permissions(tx, &permissions).await?;
    for dag in dags {
        let Some(access_control) = &dag.access_control else {
            continue;
        };
        let dag_id = &dag.columns.dag_id;
        let mut grants = Vec::new();
        for (role, by_resource) in access_control {
            for (name, actions) in by_resource {
                for action in actions {
                    if let Some(permission) = permission(dag_id, name, action) {
                        grants.push(Grant {
                            role: role.clone(),
                            permission,
                        });
                    } else {
                        tracing::warn!(
                            dag.id = dag_id,
                            "access_control names {action:?} on {name:?}, which does not exist"
                        );
                    }
                }
            }
        }
        let resources: Vec<String> = RESOURCES
            .iter()
            .map(|(_, prefix, _)| resource(prefix, dag_id))
            .collect();
        for role in queries::write_grants(tx, &resources, &grants).await? {
            tracing::warn!(
                dag.id = dag_id,
                "access_control names the role {role:?}, which does not exist"
            );
        }
    }
    Ok(())
}

fn permission(dag_id: &str, name: &str, action: &str) -> Option<Permission> {
    let (_, prefix, actions) = RESOURCES.iter().find(|(own, _, _)| *own == name)?;
    actions.contains(&action).then(|| Permission {
        action: action.to_owned(),
        resource: resource(prefix, dag_id),
    })
}

fn resource(prefix: &str, dag_id: &str) -> String {
    let is_one_already = RESOURCES
        .iter()
        .any(|(name, prefix, _)| dag_id == *name || dag_id.starts_with(prefix));
    if is_one_already {
        dag_id.to_owned()
    } else {
        format!("{prefix}{dag_id}")
    }
}
