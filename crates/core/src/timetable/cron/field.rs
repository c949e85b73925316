//! The values that one column of an expression allows.

use super::search::Direction;

/// A column of a cron expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
    Second,
    Year,
}

impl Column {
    /// In the order in which an expression writes them.
    pub(super) const ALL: [Self; 7] = [
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Month,
        Self::Weekday,
        Self::Second,
        Self::Year,
    ];

    pub(super) fn lowest(self) -> i16 {
        match self {
            Self::Minute | Self::Hour | Self::Weekday | Self::Second => 0,
            Self::Day | Self::Month => 1,
            Self::Year => 1970,
        }
    }

    pub(super) fn highest(self) -> i16 {
        match self {
            Self::Minute | Self::Second => 59,
            Self::Hour => 23,
            Self::Day => 31,
            Self::Month => 12,
            Self::Weekday => 6,
            Self::Year => 2099,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day of month",
            Self::Month => "month",
            Self::Weekday => "day of week",
            Self::Second => "second",
            Self::Year => "year",
        }
    }

    /// The number behind a lower-case three-letter name.
    pub(super) fn number_of(self, name: &str) -> Option<i16> {
        let names: &[&str] = match self {
            Self::Month => &[
                "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
            ],
            Self::Weekday => &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
            _ => &[],
        };
        let position = names.iter().position(|known| *known == name)?;
        i16::try_from(position).ok().map(|n| n + self.lowest())
    }

    /// Another number that stands for the same value. Which ones are understood depends on the
    /// number of columns: croniter takes 7 for Sunday only in expressions of five columns, and day
    /// 0 for day 1 only in those of six.
    pub(super) fn alias(self, value: i16, columns: usize) -> i16 {
        match (self, value, columns) {
            (Self::Weekday, 7, 5) => 0,
            (Self::Day, 0, 6) => 1,
            _ => value,
        }
    }
}

/// A set of a column's values, which all fit 192 bits from the lowest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    column: Column,
    bits: [u64; 3],
}

impl Field {
    pub(super) fn empty(column: Column) -> Self {
        Self {
            column,
            bits: [0; 3],
        }
    }

    pub(super) fn full(column: Column) -> Self {
        let mut field = Self::empty(column);
        for value in column.lowest()..=column.highest() {
            field.insert(value);
        }
        field
    }

    fn position(&self, value: i16) -> Option<(usize, u64)> {
        let offset = usize::try_from(value.checked_sub(self.column.lowest())?).ok()?;
        (value <= self.column.highest()).then_some((offset / 64, 1 << (offset % 64)))
    }

    /// Adds a value; one that the column does not have is ignored.
    pub(super) fn insert(&mut self, value: i16) {
        if let Some((word, bit)) = self.position(value) {
            self.bits[word] |= bit;
        }
    }

    pub(super) fn contains(&self, value: i16) -> bool {
        self.position(value)
            .is_some_and(|(word, bit)| self.bits[word] & bit != 0)
    }

    pub(super) fn len(&self) -> u32 {
        self.bits.iter().map(|word| word.count_ones()).sum()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = i16> {
        (self.column.lowest()..=self.column.highest()).filter(|value| self.contains(*value))
    }

    /// The first allowed value from `from` on in that direction, `from` included.
    pub(super) fn nearest(&self, from: i16, direction: Direction) -> Option<i16> {
        let (lowest, highest) = (self.column.lowest(), self.column.highest());
        match direction {
            Direction::Forward => (from.max(lowest)..=highest).find(|v| self.contains(*v)),
            Direction::Backward => (lowest..=from.min(highest))
                .rev()
                .find(|v| self.contains(*v)),
        }
    }

    /// The value that a search in that direction meets first.
    pub(super) fn outermost(&self, direction: Direction) -> Option<i16> {
        match direction {
            Direction::Forward => self.nearest(self.column.lowest(), direction),
            Direction::Backward => self.nearest(self.column.highest(), direction),
        }
    }
}
