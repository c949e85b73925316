use rstest::rstest;
use updraft_core::{MapIndex, TaskInstanceKey, UtcDateTime, state::TaskInstanceState};
use updraft_metadata_db::supervision::{
    ProcessEnd, TaskMapRow, TryCallback, TryEnd, TryKey, XComValue,
};

use super::*;
use crate::spool::Instead;

fn key() -> TaskInstanceKey {
    TaskInstanceKey {
        dag_id: "d".into(),
        run_id: "r".into(),
        task_id: "t".into(),
        map_index: MapIndex(3),
    }
}

fn spooled() -> SpooledEnd {
    let at = UtcDateTime::from_micros(1_704_067_200_000_001).unwrap();
    let key = key();
    let end = TryEnd {
        by: TryKey {
            key: &key,
            try_number: 2,
            job_id: 7,
        },
        tag: "tag",
        state: TaskInstanceState::Success,
        max_tries: Some(4),
        start_date: UtcDateTime::UNIX_EPOCH,
        end_date: at,
        reschedule_date: Some(at),
        execution_date: at,
        owner: Some("airflow"),
        rendered_map_index: Some("label"),
        note: Some("a note"),
        xcoms: vec![
            XComValue {
                key: "return_value",
                value: b"\xff\x00\n",
            },
            XComValue {
                key: "other",
                value: b"NaN",
            },
        ],
        task_map: Some(TaskMapRow {
            length: 2,
            keys: "[\"a\", \"b\"]".to_owned(),
        }),
        skips: &[("next".into(), MapIndex::UNMAPPED)],
        rendered_fields: Some(("{\"a\": NaN}", 30)),
        callback: Some(TryCallback {
            reason: "why",
            path: "/dags/d.py",
            dags_folder: "/dags",
            run_as_user: Some("somebody"),
            owner: Some("the one that died"),
        }),
        process: ProcessEnd {
            exit_code: Some(0),
            signal: None,
            cpu_seconds: Some(0.25),
            peak_rss_bytes: Some(1 << 40),
        },
        now: at,
    };
    let instead = Instead {
        state: TaskInstanceState::UpForRetry,
        callback: None,
    };
    SpooledEnd::new("lease", &end, instead)
}

#[test]
fn what_is_read_is_what_was_written() {
    let spooled = spooled();
    let read = SpooledEnd::decode(&spooled.encode().unwrap()).unwrap();
    assert_eq!(read, spooled);
    let end = read.end(UtcDateTime::UNIX_EPOCH);
    assert_eq!((end.by.try_number, end.by.job_id), (2, 7));
    let values: Vec<_> = end
        .xcoms
        .iter()
        .map(|xcom| (xcom.key, xcom.value))
        .collect();
    assert_eq!(
        values,
        [("return_value", &b"\xff\x00\n"[..]), ("other", &b"NaN"[..])]
    );
    // Nobody runs them yet.
    assert_eq!(end.callback.unwrap().owner, None);
}

#[test]
fn a_refused_end_leaves_a_failure_and_nothing_else() {
    let spooled = spooled();
    let end = spooled.end_instead(UtcDateTime::UNIX_EPOCH);
    assert_eq!(end.state, TaskInstanceState::UpForRetry);
    assert!(end.xcoms.is_empty() && end.note.is_none() && end.callback.is_none());
    assert_eq!((end.tag, end.by.job_id), ("tag", 7));
}

#[rstest]
#[case::empty(|_: &mut Vec<u8>| (), 0)]
#[case::cut_off_in_the_line(|_: &mut Vec<u8>| (), 30)]
#[case::cut_off_in_the_json(|_: &mut Vec<u8>| (), 300)]
#[case::cut_off_in_the_values(|bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 1), usize::MAX)]
#[case::longer(|bytes: &mut Vec<u8>| bytes.push(0), usize::MAX)]
#[case::changed(|bytes: &mut Vec<u8>| bytes[200] ^= 1, usize::MAX)]
#[case::of_a_later_version(|bytes: &mut Vec<u8>| bytes[NAME.len() + 1] = b'2', usize::MAX)]
#[case::something_else(|bytes: &mut Vec<u8>| bytes[0] = b'U', usize::MAX)]
fn what_is_not_whole_is_refused(#[case] change: fn(&mut Vec<u8>), #[case] length: usize) {
    let mut bytes = spooled().encode().unwrap();
    change(&mut bytes);
    bytes.truncate(length);
    SpooledEnd::decode(&bytes).unwrap_err();
}
