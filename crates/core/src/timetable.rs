//! Timetables: when a DAG's runs are due and which data interval each covers.

/// A DAG's schedule.
#[derive(Clone, Debug, PartialEq)]
pub enum Timetable {
    /// `schedule=None`: never, external triggers only.
    Null,
}
