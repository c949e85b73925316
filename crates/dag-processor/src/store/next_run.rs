//! `dag.next_dagrun*` after a parse.

use updraft_core::{
    UtcDateTime,
    timetable::{DataInterval, TimeRestriction, Timetable},
};
use updraft_metadata_db::{
    DbTimestamp,
    dag_processing::{NextRunColumns, ScheduleFacts},
};

use crate::parsed::ParsedDag;

/// The columns as Airflow's processor sets them: recomputed at every parse, but only the last one
/// emptied while `max_active_runs` is reached.
pub(super) fn next_run(
    dag: &ParsedDag,
    timetable: Option<&Timetable>,
    facts: ScheduleFacts,
    stored: NextRunColumns,
    now: UtcDateTime,
) -> NextRunColumns {
    if facts.active_runs >= i64::from(dag.columns.max_active_runs) {
        return NextRunColumns {
            next_dagrun_create_after: None,
            ..stored
        };
    }
    if dag.columns.is_subdag {
        return NextRunColumns::default();
    }
    if dag.custom_timetable {
        return dag
            .next_dagrun
            .map(|next| columns(next.logical_date, next.start, next.end, next.run_after))
            .unwrap_or_default();
    }
    let Some(timetable) = timetable else {
        // The DAG could not be serialized or read: nobody can run it, so nothing changes.
        return stored;
    };
    let restriction = TimeRestriction {
        earliest: dag.earliest,
        latest: dag.latest,
        catchup: dag.catchup,
    };
    timetable
        .next_dagrun_info(last_automated(facts), restriction, now)
        .map(|next| {
            let DataInterval { start, end } = next.data_interval;
            columns(next.logical_date(), start, end, next.run_after)
        })
        .unwrap_or_default()
}

/// Rows of Airflow before 2.2 have no interval; their execution date stands for it.
fn last_automated(facts: ScheduleFacts) -> Option<DataInterval> {
    let run = facts.latest_automated?;
    Some(match run.data_interval {
        Some((start, end)) => DataInterval {
            start: start.0,
            end: end.0,
        },
        None => DataInterval::exact(run.execution_date.0),
    })
}

fn columns(
    logical_date: UtcDateTime,
    start: UtcDateTime,
    end: UtcDateTime,
    run_after: UtcDateTime,
) -> NextRunColumns {
    NextRunColumns {
        next_dagrun: Some(DbTimestamp(logical_date)),
        next_dagrun_data_interval_start: Some(DbTimestamp(start)),
        next_dagrun_data_interval_end: Some(DbTimestamp(end)),
        next_dagrun_create_after: Some(DbTimestamp(run_after)),
    }
}
