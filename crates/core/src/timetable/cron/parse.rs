//! From the text of one column to its values.

use std::cmp::Ordering;

use super::field::{Column, Field};

/// A cron expression that croniter refuses too.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    #[error("a cron expression has 5, 6 or 7 columns, not {count}")]
    ColumnCount { count: usize },
    #[error("{item:?} is no {column}")]
    NotAValue { item: String, column: &'static str },
    #[error("{item:?} is out of range for the {column}")]
    OutOfRange { item: String, column: &'static str },
    #[error("a day of week cannot mix plain values with nth days of the month")]
    MixedNthWeekday,
}

/// The last day of that kind in the month, as `L5` asks for.
pub(super) const LAST_WEEK: u8 = 0;

/// What one column's text says.
#[derive(Debug)]
pub(super) struct ParsedColumn {
    pub(super) values: Field,
    /// A lone `*` or `?` was among the items.
    pub(super) star: bool,
    /// `L` was among the items: the last day of the month.
    pub(super) last_day: bool,
    /// Weekdays bound to a week of the month, 1 to 5 or [`LAST_WEEK`].
    pub(super) nth_weekdays: Vec<(i16, u8)>,
}

/// Reads one column; `text` is lower-case and `columns` their number in the whole expression.
pub(super) fn parse_column(
    column: Column,
    text: &str,
    columns: usize,
) -> Result<ParsedColumn, CronError> {
    let mut parser = Parser {
        column,
        columns,
        parsed: ParsedColumn {
            values: Field::empty(column),
            star: false,
            last_day: false,
            nth_weekdays: Vec::new(),
        },
    };
    if text == "?" && matches!(column, Column::Day | Column::Weekday) {
        parser.parsed.star = true;
        return Ok(parser.parsed);
    }
    for item in text.split(',') {
        parser.item(item)?;
    }
    Ok(parser.parsed)
}

struct Parser {
    column: Column,
    columns: usize,
    parsed: ParsedColumn,
}

impl Parser {
    fn item(&mut self, item: &str) -> Result<(), CronError> {
        let (item, week) = self.split_week(item)?;
        let starred = item
            .strip_prefix('*')
            .filter(|rest| rest.len() > 1 && rest.starts_with('/'))
            .map(|step| format!("{}-{}{step}", self.column.lowest(), self.column.highest()));
        if let Some(range) = Range::split(starred.as_deref().unwrap_or(item)) {
            return self.range(&range, week);
        }
        // `10/5` means `10-59/5`.
        let stepped = item
            .rsplit_once('/')
            .filter(|(start, step)| !start.is_empty() && !step.is_empty())
            .map(|(start, step)| format!("{start}-{}/{step}", self.column.highest()));
        if let Some(range) = stepped.as_deref().and_then(Range::split) {
            return self.range(&range, week);
        }
        match item {
            "*" => {
                self.parsed.star = true;
                Ok(())
            }
            "l" if self.column == Column::Day => {
                self.parsed.last_day = true;
                Ok(())
            }
            _ => {
                let value = self.number(item)?;
                self.value(value, item, week)
            }
        }
    }

    /// Splits `mon#2` and `l5` into the days and the week. `mon-fri#2` is understood, `1-5#2` is not.
    fn split_week<'a>(&self, item: &'a str) -> Result<(&'a str, Option<u8>), CronError> {
        if self.column != Column::Weekday {
            return Ok((item, None));
        }
        if let Some((days, week)) = item.split_once('#') {
            let known_days = is_word(days)
                || days.split_once('-').is_some_and(|(from, to)| {
                    self.column.number_of(from).is_some() && self.column.number_of(to).is_some()
                });
            return match week.parse::<u8>() {
                Ok(number @ 1..=5) if known_days && is_digits(week) => Ok((days, Some(number))),
                _ => Err(self.not_a_value(item)),
            };
        }
        match item.strip_prefix('l') {
            Some(day) if is_digits(day) => Ok((day, Some(LAST_WEEK))),
            _ => Ok((item, None)),
        }
    }

    fn range(&mut self, range: &Range<'_>, week: Option<u8>) -> Result<(), CronError> {
        let high_text = match range.high {
            "l" if self.column == Column::Day => "31",
            other => other,
        };
        let low = self.number(range.low)?;
        let high = self.number(high_text)?;
        let (lowest, highest) = (self.column.lowest(), self.column.highest());
        if low.max(high) > highest {
            return Err(self.out_of_range(range.text));
        }
        let step = match range.step {
            None => 1,
            Some(digits) => digits
                .parse::<usize>()
                .ok()
                .filter(|step| *step > 0)
                .ok_or_else(|| self.out_of_range(range.text))?,
        };
        let mut values: Vec<i16> = match low.cmp(&high) {
            Ordering::Less => (low..=high).step_by(step).collect(),
            // `mon-mon` is the whole week.
            Ordering::Equal => (lowest..=highest).step_by(step).collect(),
            Ordering::Greater => (low..=highest).step_by(step).collect(),
        };
        if low > high {
            let skipped = self.carried_step(&values, step);
            values.extend((lowest..=high).skip(skipped).step_by(step));
        }
        for value in values {
            let value = self.column.alias(value, self.columns);
            self.value(value, range.text, week)?;
        }
        Ok(())
    }

    /// How many values at the start of the second half a backward range leaves out to keep its
    /// step over the turn. Croniter's own count, which does not keep it in every case.
    fn carried_step(&self, first_half: &[i16], step: usize) -> usize {
        let count = |from: i16, to: i16| usize::try_from(to - from).unwrap_or(0);
        let Some(&last) = first_half.last() else {
            return 0;
        };
        let (lowest, highest) = (self.column.lowest(), self.column.highest());
        let behind = count(last, highest);
        if count(lowest, last) + step > count(lowest, highest) + 1 && behind < step {
            step - behind
        } else {
            0
        }
    }

    fn number(&self, text: &str) -> Result<i16, CronError> {
        let value = if is_digits(text) {
            text.parse::<i16>().map_err(|_| self.out_of_range(text))?
        } else {
            self.column
                .number_of(text)
                .ok_or_else(|| self.not_a_value(text))?
        };
        Ok(self.column.alias(value, self.columns))
    }

    fn value(&mut self, value: i16, item: &str, week: Option<u8>) -> Result<(), CronError> {
        if value < self.column.lowest() || value > self.column.highest() {
            return Err(self.out_of_range(item));
        }
        self.parsed.values.insert(value);
        if let Some(week) = week {
            self.parsed.nth_weekdays.push((value, week));
        }
        Ok(())
    }

    fn not_a_value(&self, item: &str) -> CronError {
        CronError::NotAValue {
            item: item.to_owned(),
            column: self.column.name(),
        }
    }

    fn out_of_range(&self, item: &str) -> CronError {
        CronError::OutOfRange {
            item: item.to_owned(),
            column: self.column.name(),
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// `low-high` or `low-high/step`.
struct Range<'a> {
    text: &'a str,
    low: &'a str,
    high: &'a str,
    step: Option<&'a str>,
}

impl<'a> Range<'a> {
    fn split(text: &'a str) -> Option<Self> {
        let (low, rest) = text.split_once('-')?;
        let (high, step) = match rest.split_once('/') {
            Some((high, step)) => (high, Some(step)),
            None => (rest, None),
        };
        let has_step_digits = step.is_none_or(is_digits);
        let is_range = !low.is_empty() && !high.is_empty() && !high.contains('-');
        (is_range && has_step_digits).then_some(Self {
            text,
            low,
            high,
            step,
        })
    }
}
