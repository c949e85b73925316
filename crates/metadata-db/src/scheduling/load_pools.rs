//! Pools, and what takes slots outside of the runs that are loaded.

use sqlx::FromRow;
use updraft_core::planner::{Pool, PoolUsage, Usage};

use crate::{Error, query::Source};

/// All pools.
pub async fn load_pools<'c>(source: impl Source<'c>) -> Result<Vec<Pool>, Error> {
    #[derive(FromRow)]
    struct Row {
        pool: String,
        slots: i32,
        include_deferred: bool,
    }
    let rows: Vec<Row> = source
        .query(
            "SELECT p.pool, COALESCE(p.slots, 0) AS slots, p.include_deferred
             FROM slot_pool p
             WHERE p.pool IS NOT NULL
             ORDER BY p.id",
        )
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Pool {
            name: row.pool,
            slots: row.slots,
            include_deferred: row.include_deferred,
        })
        .collect())
}

/// What task instances take up whose run is neither queued nor running.
pub async fn load_foreign_usage<'c>(source: impl Source<'c>) -> Result<Usage, Error> {
    #[derive(FromRow)]
    struct Row {
        pool: String,
        dag_id: String,
        task_id: String,
        is_deferred: bool,
        task_instances: i64,
        pool_slots: i64,
    }
    let rows: Vec<Row> = source
        .query(
            "SELECT t.pool, t.dag_id, t.task_id, (t.state = 'deferred') AS is_deferred,
                 COUNT(*) AS task_instances, CAST(SUM(t.pool_slots) AS bigint) AS pool_slots
             FROM task_instance t
             JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id
             WHERE t.state IN ('queued', 'running', 'deferred')
               AND COALESCE(r.state, '') NOT IN ('queued', 'running')
             GROUP BY t.pool, t.dag_id, t.task_id, (t.state = 'deferred')",
        )
        .fetch_all()
        .await?;
    let mut usage = Usage::default();
    for row in rows {
        let position = usage.pools.iter().position(|(pool, _)| *pool == row.pool);
        let at = position.unwrap_or_else(|| {
            usage.pools.push((row.pool.clone(), PoolUsage::default()));
            usage.pools.len() - 1
        });
        if row.is_deferred {
            usage.pools[at].1.deferred += row.pool_slots;
            continue;
        }
        usage.pools[at].1.occupied += row.pool_slots;
        let count = u32::try_from(row.task_instances).unwrap_or(u32::MAX);
        usage
            .tasks
            .push((row.dag_id.as_str().into(), row.task_id.into(), count));
        match usage
            .dags
            .iter_mut()
            .find(|(dag_id, _)| dag_id.as_str() == row.dag_id)
        {
            Some((_, total)) => *total = total.saturating_add(count),
            None => usage.dags.push((row.dag_id.into(), count)),
        }
    }
    Ok(usage)
}
