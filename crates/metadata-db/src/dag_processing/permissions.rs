//! Permissions of single DAGs, in the web server's tables.

use serde::Serialize;

use super::rows::{rows, texts};
use crate::{Error, Source, Tx, json_parameter};

/// That an action on a resource (`DAG:etl`) can be granted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Permission {
    pub action: String,
    pub resource: String,
}

/// That a role has a permission.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Grant {
    pub role: String,
    #[serde(flatten)]
    pub permission: Permission,
}

const PERMISSION: &str = "action text, resource text";
const GRANT: &str = "role text, action text, resource text";

/// Inserts what is missing; nothing is taken away.
pub async fn write_permissions(tx: &mut Tx, permissions: &[Permission]) -> Result<(), Error> {
    if permissions.is_empty() {
        return Ok(());
    }
    let wanted = rows(tx.engine(), "$1", PERMISSION);
    let permissions = json_parameter(permissions)?;
    let statements = [
        format!(
            "INSERT INTO ab_permission (name)
             SELECT DISTINCT v.action FROM {wanted}
             WHERE NOT EXISTS (SELECT 1 FROM ab_permission p WHERE p.name = v.action)
             ON CONFLICT (name) DO NOTHING"
        ),
        format!(
            "INSERT INTO ab_view_menu (name)
             SELECT DISTINCT v.resource FROM {wanted}
             WHERE NOT EXISTS (SELECT 1 FROM ab_view_menu m WHERE m.name = v.resource)
             ON CONFLICT (name) DO NOTHING"
        ),
        format!(
            "INSERT INTO ab_permission_view (permission_id, view_menu_id)
             SELECT p.id, m.id FROM {wanted}
             JOIN ab_permission p ON p.name = v.action
             JOIN ab_view_menu m ON m.name = v.resource
             WHERE NOT EXISTS (
                 SELECT 1 FROM ab_permission_view e
                 WHERE e.permission_id = p.id AND e.view_menu_id = m.id)
             ON CONFLICT (permission_id, view_menu_id) DO NOTHING"
        ),
    ];
    for sql in statements {
        tx.query(sql).bind(permissions.clone()).execute().await?;
    }
    Ok(())
}

/// Makes `grants` the grants on `resources`, apart from those of the role Admin, which stay.
/// Returns roles that do not exist. The permissions must have been written before.
pub async fn write_grants(
    tx: &mut Tx,
    resources: &[String],
    grants: &[Grant],
) -> Result<Vec<String>, Error> {
    let engine = tx.engine();
    let wanted = json_parameter(grants)?;
    let sql = format!(
        "DELETE FROM ab_permission_view_role
         WHERE role_id IN (SELECT id FROM ab_role WHERE name <> 'Admin')
           AND permission_view_id IN (
             SELECT pv.id FROM ab_permission_view pv
             JOIN ab_view_menu m ON m.id = pv.view_menu_id
             WHERE m.name IN {})
           AND NOT EXISTS (
             SELECT 1 FROM {}
             JOIN ab_permission_view pv ON pv.id = ab_permission_view_role.permission_view_id
             JOIN ab_permission p ON p.id = pv.permission_id AND p.name = v.action
             JOIN ab_view_menu m ON m.id = pv.view_menu_id AND m.name = v.resource
             JOIN ab_role r ON r.id = ab_permission_view_role.role_id AND r.name = v.role)",
        texts(engine, "$1"),
        rows(engine, "$2", GRANT)
    );
    tx.query(sql)
        .bind(json_parameter(resources)?)
        .bind(wanted.clone())
        .execute()
        .await?;
    let sql = format!(
        "INSERT INTO ab_permission_view_role (permission_view_id, role_id)
         SELECT pv.id, r.id FROM {}
         JOIN ab_permission p ON p.name = v.action
         JOIN ab_view_menu m ON m.name = v.resource
         JOIN ab_permission_view pv ON pv.permission_id = p.id AND pv.view_menu_id = m.id
         JOIN ab_role r ON r.name = v.role
         WHERE TRUE
         ON CONFLICT (permission_view_id, role_id) DO NOTHING",
        rows(engine, "$1", GRANT)
    );
    tx.query(sql).bind(wanted.clone()).execute().await?;
    let sql = format!(
        "SELECT DISTINCT v.role FROM {}
         WHERE NOT EXISTS (SELECT 1 FROM ab_role r WHERE r.name = v.role)",
        rows(engine, "$1", GRANT)
    );
    tx.query(sql).bind(wanted).fetch_scalars().await
}
