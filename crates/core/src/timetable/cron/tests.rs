//! Against answers recorded from croniter, and properties of every schedule.

use jiff::civil::DateTime;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::UtcDateTime;

#[derive(Deserialize)]
struct Recorded {
    expression: String,
    valid: bool,
    /// Start, next and previous match. "contradiction" where croniter denies its own answer.
    #[serde(default)]
    answers: Vec<(String, Option<String>, Option<String>)>,
}

fn recorded() -> Vec<Recorded> {
    serde_json::from_str(include_str!("../../../tests/vectors/cron-vectors.json")).unwrap()
}

#[test]
fn accepts_what_croniter_accepts() {
    for case in recorded() {
        let parsed = case.expression.parse::<CronExpression>();
        // Airflow replaces this preset before croniter sees it.
        let valid = case.valid || case.expression == "@quarterly";
        assert_eq!(parsed.is_ok(), valid, "{:?} {parsed:?}", case.expression);
    }
}

#[test]
fn neighbours_are_croniters() {
    let mut compared = 0;
    for case in recorded() {
        let Ok(expression) = case.expression.parse::<CronExpression>() else {
            continue;
        };
        for (start, next, prev) in case.answers {
            let start: DateTime = start.parse().unwrap();
            let found = [expression.next(start), expression.prev(start)];
            for (found, expected) in found.into_iter().zip([next, prev]) {
                if expected.as_deref() == Some("contradiction") {
                    continue;
                }
                let expected = expected.map(|text| text.parse::<DateTime>().unwrap());
                assert_eq!(found, expected, "{:?} from {start}", case.expression);
                compared += 1;
            }
        }
    }
    assert!(compared > 4_000, "{compared}");
}

#[test]
fn no_answer_contradicts_itself() {
    let cases: Vec<[String; 4]> = serde_json::from_str(include_str!(
        "../../../tests/vectors/cron-self-contradictions.json"
    ))
    .unwrap();
    for [text, direction, start, croniters] in cases {
        let start: DateTime = start.parse().unwrap();
        let croniters: DateTime = croniters.parse().unwrap();
        let expression: CronExpression = text.parse().unwrap();
        let is_skipped = |instant: DateTime| {
            instant.min(croniters) == croniters && instant < start
                || instant.max(croniters) == croniters && instant > start
        };
        let (found, back) = if direction == "prev" {
            let found = expression.prev(start).unwrap();
            (found, expression.next(found).unwrap() >= start)
        } else {
            let found = expression.next(start).unwrap();
            (found, expression.prev(found).unwrap() <= start)
        };
        assert!(is_skipped(found), "{text} from {start}: {found}");
        assert!(back, "{text} from {start}: {found}");
    }
}

fn column(lowest: u8, highest: u8) -> impl Strategy<Value = String> {
    let value = lowest..=highest;
    prop_oneof![
        3 => Just("*".to_owned()),
        2 => value.clone().prop_map(|value| value.to_string()),
        1 => (1..=highest).prop_map(|step| format!("*/{step}")),
        1 => (value.clone(), value).prop_map(|(from, to)| format!("{from}-{to}")),
    ]
}

fn expression() -> impl Strategy<Value = String> {
    (
        column(0, 59),
        column(0, 23),
        column(1, 28),
        column(1, 12),
        column(0, 6),
        prop_oneof![Just(String::new()), column(0, 59)],
    )
        .prop_map(|(minute, hour, day, month, weekday, second)| {
            format!("{minute} {hour} {day} {month} {weekday} {second}")
        })
}

/// Any microsecond of the years 1990 to 2050; every other one a whole minute.
fn instant() -> impl Strategy<Value = UtcDateTime> {
    const MINUTE: i64 = 60_000_000;
    (
        631_152_000_000_000_i64..2_524_608_000_000_000,
        any::<bool>(),
    )
        .prop_map(|(micros, whole)| {
            let micros = if whole {
                micros - micros % MINUTE
            } else {
                micros
            };
            UtcDateTime::from_micros(micros).unwrap()
        })
}

proptest! {
    #[test]
    fn neighbours_lie_on_their_sides(text in expression(), at in instant()) {
        let schedule = CronSchedule::parse(&text, "UTC").unwrap();
        let next = schedule.next(at).unwrap();
        let prev = schedule.prev(at).unwrap();
        prop_assert!(prev < at && at < next, "{prev} {at} {next}");
        // Nothing lies between the neighbours but, at most, the instant itself.
        let between = schedule.next(prev).unwrap();
        prop_assert!(between == next || between == at, "{prev} {between} {next}");
        prop_assert_eq!(schedule.prev(next).unwrap(), if between == at { at } else { prev });
    }

    #[test]
    fn aligned_instants_are_scheduled(text in expression(), at in instant()) {
        let schedule = CronSchedule::parse(&text, "UTC").unwrap();
        let next = schedule.align_next(at).unwrap();
        let prev = schedule.align_prev(at).unwrap();
        prop_assert!(prev <= at && at <= next);
        prop_assert_eq!(schedule.align_next(next), Some(next));
        prop_assert_eq!(schedule.align_prev(prev), Some(prev));
        prop_assert_eq!(prev == at, next == at);
    }

    #[test]
    fn time_goes_on_through_clock_changes(
        text in expression(),
        at in instant(),
        zone in prop_oneof![Just("Europe/Paris"), Just("America/New_York"), Just("Australia/Lord_Howe")],
    ) {
        // A schedule by the minute repeats the hour that a clock repeats; any other may name one
        // instant for two wall clock times around a gap, but never goes back.
        let schedule = CronSchedule::parse(&text, zone).unwrap();
        let next = schedule.next(at).unwrap();
        if schedule.expression().covers_every_hour() {
            prop_assert!(next > at);
        } else {
            prop_assert!(next >= at);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[0-9a-z*/,#?LhH @-]{0,30}") {
        let _ = text.parse::<CronExpression>();
    }
}
