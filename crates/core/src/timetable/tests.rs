//! Runs and manual intervals recorded from Airflow 2.10.5.

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::UtcDateTime;

#[derive(Deserialize)]
struct Vectors {
    next_runs: Vec<NextRuns>,
    manual_intervals: Vec<ManualInterval>,
}

#[derive(Deserialize)]
struct NextRuns {
    timetable: Value,
    earliest: Option<UtcDateTime>,
    latest: Option<UtcDateTime>,
    catchup: bool,
    now: UtcDateTime,
    last_interval: Option<(UtcDateTime, UtcDateTime)>,
    /// Logical date, interval start, interval end, `run_after`; each run follows the one before.
    runs: Vec<(UtcDateTime, UtcDateTime, UtcDateTime, UtcDateTime)>,
    /// "none" where no run follows the recorded ones, "limit" where recording stopped.
    then: String,
}

#[derive(Deserialize)]
struct ManualInterval {
    timetable: Value,
    run_after: UtcDateTime,
    interval: (UtcDateTime, UtcDateTime),
}

/// The general table, and one of moments around clock changes.
fn vectors() -> Vectors {
    let texts = [
        include_str!("../../tests/vectors/timetable-vectors.json"),
        include_str!("../../tests/vectors/timetable-zones.json"),
    ];
    let [mut all, zones] = texts.map(|text| serde_json::from_str::<Vectors>(text).unwrap());
    all.next_runs.extend(zones.next_runs);
    all.manual_intervals.extend(zones.manual_intervals);
    all
}

fn delta(encoded: &Value) -> Delta {
    if let Some(seconds) = encoded.as_f64() {
        return Delta::Absolute(SignedDuration::from_secs_f64(seconds));
    }
    let mut delta = RelativeDelta::default();
    for (name, value) in encoded.as_object().unwrap() {
        let number = value.as_i64();
        match name.as_str() {
            "years" => delta.years = i32::try_from(number.unwrap()).unwrap(),
            "months" => delta.months = i32::try_from(number.unwrap()).unwrap(),
            "days" => delta.duration = SignedDuration::from_hours(24 * number.unwrap()),
            "hours" => delta.duration = SignedDuration::from_hours(number.unwrap()),
            "day" => delta.day = Some(i8::try_from(number.unwrap()).unwrap()),
            "weekday" => {
                let parts: Vec<i32> = serde_json::from_value(value.clone()).unwrap();
                let which = parts.get(1).copied().unwrap_or(1);
                delta.weekday = Some((i8::try_from(parts[0]).unwrap(), which));
            }
            other => panic!("the vectors use {other}"),
        }
    }
    Delta::Relative(delta)
}

fn timetable(encoded: &Value) -> Timetable {
    let class = encoded["__type"].as_str().unwrap();
    let fields = &encoded["__var"];
    let schedule = || {
        let expression = fields["expression"].as_str().unwrap();
        match fields["timezone"].as_i64() {
            Some(seconds) => CronSchedule::new(
                expression.parse().unwrap(),
                fixed_time_zone(seconds).unwrap(),
            ),
            None => CronSchedule::parse(expression, fields["timezone"].as_str().unwrap()).unwrap(),
        }
    };
    match class.rsplit_once('.').unwrap().1 {
        "CronDataIntervalTimetable" => Timetable::CronDataInterval(schedule()),
        "CronTriggerTimetable" => Timetable::CronTrigger {
            schedule: schedule(),
            interval: delta(&fields["interval"]),
        },
        "DeltaDataIntervalTimetable" => Timetable::DeltaDataInterval(delta(&fields["delta"])),
        "OnceTimetable" => Timetable::Once,
        "ContinuousTimetable" => Timetable::Continuous,
        "NullTimetable" => Timetable::Null,
        "EventsTimetable" => Timetable::Events {
            event_dates: serde_json::from_value(fields["event_dates"].clone()).unwrap(),
            restrict_to_events: fields["restrict_to_events"].as_bool().unwrap(),
        },
        other => panic!("the vectors use {other}"),
    }
}

#[test]
fn next_runs_are_airflows() {
    let cases = vectors().next_runs;
    assert_eq!(cases.len(), 707);
    for (number, case) in cases.into_iter().enumerate() {
        let about = format!("case {number}: {} {}", case.timetable, case.now);
        let timetable = timetable(&case.timetable);
        let restriction = TimeRestriction {
            earliest: case.earliest,
            latest: case.latest,
            catchup: case.catchup,
        };
        let mut last = case
            .last_interval
            .map(|(start, end)| DataInterval { start, end });
        for (logical_date, start, end, run_after) in case.runs {
            let next = timetable.next_dagrun_info(last, restriction, case.now);
            let expected = NextDagRun {
                run_after,
                data_interval: DataInterval { start, end },
            };
            assert_eq!(next, Some(expected), "{about}");
            assert_eq!(expected.logical_date(), logical_date, "{about}");
            last = Some(expected.data_interval);
        }
        if case.then == "none" {
            let next = timetable.next_dagrun_info(last, restriction, case.now);
            assert_eq!(next, None, "{about}");
        }
    }
}

#[test]
fn manual_intervals_are_airflows() {
    let cases = vectors().manual_intervals;
    assert_eq!(cases.len(), 663);
    for case in cases {
        let (start, end) = case.interval;
        assert_eq!(
            timetable(&case.timetable).infer_manual_data_interval(case.run_after),
            Some(DataInterval { start, end }),
            "{} {}",
            case.timetable,
            case.run_after
        );
    }
}

#[test]
fn a_plugin_timetable_is_left_to_python() {
    let custom = Timetable::Custom(CustomTimetable {
        import_path: "plugin.Workdays".to_owned(),
        data: "{}".to_owned(),
    });
    let nested = Timetable::DatasetOrTime {
        condition: DatasetCondition::Dataset("a".to_owned()),
        inner: Box::new(custom),
    };
    assert!(nested.needs_python());
    assert!(!Timetable::Once.needs_python());
    assert_eq!(
        nested.infer_manual_data_interval(UtcDateTime::UNIX_EPOCH),
        None
    );
}
