//! A whole expression.

use std::{fmt, str::FromStr};

use jiff::civil::Date;

use super::{
    CronError,
    field::{Column, Field},
    parse::{LAST_WEEK, ParsedColumn, parse_column},
};

/// A cron expression, read once. Its instants have no time zone: see [`super::CronSchedule`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronExpression {
    text: String,
    pub(super) minute: Field,
    pub(super) hour: Field,
    pub(super) month: Field,
    /// `None` in expressions of five columns: every minute's first second.
    pub(super) second: Option<Field>,
    pub(super) year: Option<Field>,
    /// `None` where every day of the month will do.
    day: Option<DaysOfMonth>,
    /// `None` where every day of the week will do.
    weekday: Option<Field>,
    /// Bits 1 to 5: that occurrence of the weekday in its month; bit 0: the last one. All zero
    /// where weekdays are not bound to weeks.
    nth_weekdays: [u8; 7],
    /// The hour column is a lone star, written so or as every single hour.
    covers_every_hour: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct DaysOfMonth {
    days: Field,
    last: bool,
}

/// Which of the two day columns a search honours.
#[derive(Clone, Copy, Debug)]
pub(super) enum DayRule {
    Both,
    OnlyDayOfMonth,
    OnlyDayOfWeek,
}

impl CronExpression {
    /// Whether it fires in every hour. Airflow carries such schedules through the hour that a
    /// clock repeats.
    pub fn covers_every_hour(&self) -> bool {
        self.covers_every_hour
    }

    /// Both day columns restrict, so that either of them is enough.
    pub(super) fn has_either_day(&self) -> bool {
        self.day.is_some() && self.weekday.is_some()
    }

    pub(super) fn has_nth_weekdays(&self) -> bool {
        self.nth_weekdays != [0; 7]
    }

    pub(super) fn allows_day(&self, date: Date, rule: DayRule) -> bool {
        let day_of_month = match (&self.day, rule) {
            (None, _) | (_, DayRule::OnlyDayOfWeek) => true,
            (Some(allowed), _) => {
                allowed.days.contains(i16::from(date.day()))
                    || (allowed.last && date.day() == date.days_in_month())
            }
        };
        day_of_month && self.allows_weekday(date, rule)
    }

    /// Weekdays bound to weeks hold under every rule, as in croniter.
    fn allows_weekday(&self, date: Date, rule: DayRule) -> bool {
        let weekday = date.weekday().to_sunday_zero_offset();
        if self.has_nth_weekdays() {
            let weeks = usize::try_from(weekday)
                .ok()
                .and_then(|weekday| self.nth_weekdays.get(weekday))
                .copied()
                .unwrap_or_default();
            let occurrence = (date.day() - 1) / 7 + 1;
            let is_last = date.day() + 7 > date.days_in_month();
            return weeks & (1 << occurrence) != 0 || (is_last && weeks & (1 << LAST_WEEK) != 0);
        }
        match (&self.weekday, rule) {
            (None, _) | (_, DayRule::OnlyDayOfMonth) => true,
            (Some(allowed), _) => allowed.contains(i16::from(weekday)),
        }
    }
}

impl FromStr for CronExpression {
    type Err = CronError;

    /// An expression, or one of the presets that Airflow or croniter knows.
    fn from_str(text: &str) -> Result<Self, CronError> {
        let text = airflow_preset(text).unwrap_or(text);
        let lower = text.to_lowercase();
        let texts: Vec<&str> = croniter_preset(&lower)
            .unwrap_or(&lower)
            .split_whitespace()
            .collect();
        let count = texts.len();
        if !(5..=7).contains(&count) {
            return Err(CronError::ColumnCount { count });
        }
        let columns = Column::ALL
            .into_iter()
            .zip(&texts)
            .map(|(column, column_text)| parse_column(column, column_text, count))
            .collect::<Result<Vec<_>, _>>()?;
        build(text, &texts, columns)
    }
}

impl fmt::Display for CronExpression {
    /// The text it was read from, presets expanded.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn airflow_preset(text: &str) -> Option<&'static str> {
    Some(match text {
        "@hourly" => "0 * * * *",
        "@daily" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@quarterly" => "0 0 1 */3 *",
        "@yearly" => "0 0 1 1 *",
        _ => return None,
    })
}

fn croniter_preset(lower: &str) -> Option<&'static str> {
    match lower {
        "@midnight" => Some("0 0 * * *"),
        "@annually" => Some("0 0 1 1 *"),
        "@quarterly" => None,
        other => airflow_preset(other),
    }
}

fn build(
    text: &str,
    texts: &[&str],
    columns: Vec<ParsedColumn>,
) -> Result<CronExpression, CronError> {
    let has_seconds = columns.len() > 5;
    let nth_weekdays = columns.get(4).map_or(Ok([0; 7]), nth_weekdays)?;
    let covers_every_hour = columns.get(1).is_some_and(|hour| {
        let lone_star = hour.star && hour.values.len() == 0;
        lone_star || is_every_value(hour, Column::Hour, texts)
    });
    let mut restrictions = columns
        .into_iter()
        .zip(Column::ALL)
        .map(|(parsed, column)| {
            let restricts = !parsed.star && !is_every_value(&parsed, column, texts);
            restricts.then_some(parsed)
        });
    let mut next = || restrictions.next().flatten();
    let values = |parsed: Option<ParsedColumn>, column| {
        parsed.map_or_else(|| Field::full(column), |parsed| parsed.values)
    };
    // The fields are filled in the order of the columns.
    Ok(CronExpression {
        text: text.to_owned(),
        minute: values(next(), Column::Minute),
        hour: values(next(), Column::Hour),
        day: next().map(|parsed| DaysOfMonth {
            days: parsed.values,
            last: parsed.last_day,
        }),
        month: values(next(), Column::Month),
        weekday: next().map(|parsed| parsed.values),
        second: Some(values(next(), Column::Second)).filter(|_| has_seconds),
        year: next().map(|parsed| parsed.values),
        nth_weekdays,
        covers_every_hour,
    })
}

/// Whether the items name every value of the column, so that they mean a star. A day column that
/// names every day stays a restriction while the other day column has no star in its text:
/// otherwise that other one would no longer be optional.
fn is_every_value(parsed: &ParsedColumn, column: Column, texts: &[&str]) -> bool {
    let named = parsed.values.len() + u32::from(parsed.star) + u32::from(parsed.last_day);
    let every = u32::try_from(column.highest() - column.lowest() + 1).unwrap_or(u32::MAX);
    let other_day_has_star = match column {
        Column::Day => texts.get(4),
        Column::Weekday => texts.get(2),
        _ => None,
    }
    .is_none_or(|other| other.contains('*'));
    named == every && other_day_has_star
}

fn nth_weekdays(parsed: &ParsedColumn) -> Result<[u8; 7], CronError> {
    let mut weeks = [0_u8; 7];
    for (weekday, week) in &parsed.nth_weekdays {
        if let Some(slot) = usize::try_from(*weekday)
            .ok()
            .and_then(|weekday| weeks.get_mut(weekday))
        {
            *slot |= 1 << week;
        }
    }
    let bound = |value: i16| parsed.nth_weekdays.iter().any(|(day, _)| *day == value);
    let has_plain_values = parsed.values.values().any(|value| !bound(value));
    let named = parsed.values.len() + u32::from(parsed.star);
    if weeks != [0; 7] && has_plain_values && named != 7 {
        return Err(CronError::MixedNthWeekday);
    }
    Ok(weeks)
}
