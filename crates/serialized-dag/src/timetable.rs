//! `schedule_interval` or `timetable`: a stored DAG has exactly one of them.

use serde::Deserialize;
use serde_json::value::RawValue;
use updraft_core::{
    UtcDateTime,
    timetable::{
        CronSchedule, CustomTimetable, DatasetCondition, Delta, Timetable, fixed_time_zone,
        named_time_zone,
    },
};

use super::{
    error::TimetableError,
    relative_delta::read_delta,
    typed::{Seconds, Typed},
};

/// A time zone: its name, or its distance from UTC in seconds.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum TimeZoneJson {
    Name(String),
    Offset(i64),
}

impl Default for TimeZoneJson {
    fn default() -> Self {
        Self::Name("UTC".to_owned())
    }
}

#[derive(Deserialize)]
struct CronJson<'a> {
    expression: String,
    timezone: TimeZoneJson,
    /// Only of trigger timetables.
    #[serde(borrow)]
    interval: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct DeltaJson<'a> {
    #[serde(borrow)]
    delta: &'a RawValue,
}

#[derive(Deserialize)]
struct EventsJson {
    event_dates: Vec<String>,
    #[serde(default)]
    restrict_to_events: bool,
}

#[derive(Deserialize)]
struct DatasetJson<'a> {
    dataset_condition: ConditionJson,
    /// Only of schedules by dataset or time.
    #[serde(borrow)]
    timetable: Option<Typed<'a>>,
}

/// The flat form that conditions have: fields beside the discriminator.
#[derive(Deserialize)]
struct ConditionJson {
    #[serde(rename = "__type")]
    kind: String,
    #[serde(default)]
    uri: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    objects: Vec<ConditionJson>,
}

impl ConditionJson {
    fn into_condition(self) -> Result<DatasetCondition, TimetableError> {
        let parts = |objects: Vec<Self>| -> Result<Vec<_>, TimetableError> {
            objects.into_iter().map(Self::into_condition).collect()
        };
        Ok(match self.kind.as_str() {
            "dataset" => DatasetCondition::Dataset(self.uri),
            "dataset_alias" => DatasetCondition::Alias(self.name),
            "dataset_all" => DatasetCondition::All(parts(self.objects)?),
            "dataset_any" => DatasetCondition::Any(parts(self.objects)?),
            _ => return Err(TimetableError::DatasetCondition { kind: self.kind }),
        })
    }
}

/// Reads a stored `timetable`.
pub(super) fn read_timetable(stored: &Typed<'_>) -> Result<Timetable, TimetableError> {
    let class = stored.kind.as_str();
    let text = stored.var.get();
    let arguments = |source| TimetableError::Arguments {
        class: class.to_owned(),
        source,
    };
    Ok(match class {
        "airflow.timetables.simple.NullTimetable" => Timetable::Null,
        "airflow.timetables.simple.OnceTimetable" => Timetable::Once,
        "airflow.timetables.simple.ContinuousTimetable" => Timetable::Continuous,
        "airflow.timetables.interval.CronDataIntervalTimetable" => {
            let json: CronJson<'_> = serde_json::from_str(text).map_err(arguments)?;
            Timetable::CronDataInterval(cron(&json.expression, &json.timezone)?)
        }
        "airflow.timetables.trigger.CronTriggerTimetable" => {
            let json: CronJson<'_> = serde_json::from_str(text).map_err(arguments)?;
            let interval = json.interval.map_or("0", RawValue::get);
            Timetable::CronTrigger {
                schedule: cron(&json.expression, &json.timezone)?,
                interval: read_delta(interval).map_err(arguments)?,
            }
        }
        "airflow.timetables.interval.DeltaDataIntervalTimetable" => {
            let json: DeltaJson<'_> = serde_json::from_str(text).map_err(arguments)?;
            Timetable::DeltaDataInterval(read_delta(json.delta.get()).map_err(arguments)?)
        }
        "airflow.timetables.events.EventsTimetable" => {
            events(serde_json::from_str(text).map_err(arguments)?)?
        }
        "airflow.timetables.simple.DatasetTriggeredTimetable" => {
            let json: DatasetJson<'_> = serde_json::from_str(text).map_err(arguments)?;
            Timetable::DatasetTriggered(json.dataset_condition.into_condition()?)
        }
        "airflow.timetables.datasets.DatasetOrTimeSchedule" => {
            let json: DatasetJson<'_> = serde_json::from_str(text).map_err(arguments)?;
            let inner = match &json.timetable {
                Some(inner) => read_timetable(inner)?,
                None => Timetable::Null,
            };
            Timetable::DatasetOrTime {
                condition: json.dataset_condition.into_condition()?,
                inner: Box::new(inner),
            }
        }
        _ => Timetable::Custom(CustomTimetable {
            import_path: class.to_owned(),
            data: text.to_owned(),
        }),
    })
}

/// Makes the timetable of a stored `schedule_interval`, as Airflow does when it reads the DAG.
pub(super) fn read_schedule_interval(
    stored: Option<&RawValue>,
    time_zone: &TimeZoneJson,
    create_cron_data_intervals: bool,
) -> Result<Timetable, TimetableError> {
    let Some(stored) = stored else {
        return Ok(Timetable::Null);
    };
    let text = stored.get();
    if text.starts_with('{') {
        let typed: Typed<'_> =
            serde_json::from_str(text).map_err(|_| TimetableError::UnknownSchedule)?;
        let delta = match typed.kind.as_str() {
            "timedelta" => serde_json::from_str::<Seconds>(typed.var.get())
                .map(|seconds| Delta::Absolute(seconds.0)),
            "relativedelta" => read_delta(typed.var.get()),
            _ => return Err(TimetableError::UnknownSchedule),
        };
        let delta = delta.map_err(|source| TimetableError::Arguments {
            class: typed.kind.clone(),
            source,
        })?;
        return Ok(Timetable::DeltaDataInterval(delta));
    }
    let schedule: String =
        serde_json::from_str(text).map_err(|_| TimetableError::UnknownSchedule)?;
    Ok(match schedule.as_str() {
        "@once" => Timetable::Once,
        "@continuous" => Timetable::Continuous,
        expression if create_cron_data_intervals => {
            Timetable::CronDataInterval(cron(expression, time_zone)?)
        }
        expression => Timetable::CronTrigger {
            schedule: cron(expression, time_zone)?,
            interval: Delta::Absolute(jiff::SignedDuration::ZERO),
        },
    })
}

fn cron(expression: &str, time_zone: &TimeZoneJson) -> Result<CronSchedule, TimetableError> {
    let time_zone = match time_zone {
        TimeZoneJson::Name(name) => named_time_zone(name)?,
        TimeZoneJson::Offset(seconds) => fixed_time_zone(*seconds)?,
    };
    let parsed = expression.parse().map_err(|source| TimetableError::Cron {
        expression: expression.to_owned(),
        source,
    })?;
    Ok(CronSchedule::new(parsed, time_zone))
}

fn events(json: EventsJson) -> Result<Timetable, TimetableError> {
    let event_dates = json
        .event_dates
        .into_iter()
        .map(|text| {
            text.parse::<UtcDateTime>()
                .map_err(|source| TimetableError::Date { text, source })
        })
        .collect::<Result<_, _>>()?;
    Ok(Timetable::Events {
        event_dates,
        restrict_to_events: json.restrict_to_events,
    })
}
