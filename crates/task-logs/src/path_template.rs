//! Paths of logs from the templates in `log_template.filename`.

use std::{
    fmt,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use minijinja::{
    Environment, Error, ErrorKind, State, Value, context,
    value::{Enumerator, Object, ObjectRepr, from_args},
};
use updraft_core::time::UtcDateTime;

/// What a template may name.
#[derive(Clone, Copy, Debug)]
pub struct LogContext<'a> {
    pub dag_id: &'a str,
    pub run_id: &'a str,
    pub task_id: &'a str,
    /// -1 where the task is not mapped.
    pub map_index: i32,
    pub try_number: i32,
    pub run_type: &'a str,
    pub logical_date: UtcDateTime,
    pub data_interval: Option<(UtcDateTime, UtcDateTime)>,
}

#[derive(Debug, thiserror::Error)]
pub enum PathTemplateError {
    #[error("the log path template {template:?} cannot be used")]
    Jinja {
        template: String,
        #[source]
        source: Box<Error>,
    },
    #[error("the log path template {template:?} names {name:?}, which is not known")]
    UnknownName { template: String, name: String },
    #[error("the log path {0:?} is not below the log folder")]
    Outside(String),
}

/// A template with `{{ … }}` is Jinja's, any other is one of Python's `str.format`.
#[derive(Clone, Debug)]
pub struct PathTemplate {
    text: Arc<str>,
    environment: Option<Arc<Environment<'static>>>,
}

const NAME: &str = "log_filename_template";

impl PathTemplate {
    pub fn parse(text: &str) -> Result<Self, PathTemplateError> {
        let environment = if text.contains("{{") {
            let mut environment = Environment::new();
            environment
                .add_template_owned(NAME, text.to_owned())
                .map_err(|source| jinja_error(text, source))?;
            Some(Arc::new(environment))
        } else {
            None
        };
        Ok(Self {
            text: text.into(),
            environment,
        })
    }

    /// The path relative to the log folder.
    pub fn render(&self, log: &LogContext<'_>) -> Result<PathBuf, PathTemplateError> {
        let path = match &self.environment {
            Some(environment) => environment
                .get_template(NAME)
                .and_then(|template| template.render(jinja_context(log)))
                .map_err(|source| jinja_error(&self.text, source))?,
            None => self.format(log)?,
        };
        let inside = Path::new(&path)
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if path.is_empty() || !inside {
            return Err(PathTemplateError::Outside(path));
        }
        Ok(PathBuf::from(path))
    }

    /// `str.format` with the names that Airflow gives it.
    fn format(&self, log: &LogContext<'_>) -> Result<String, PathTemplateError> {
        let mut path = String::new();
        let mut rest: &str = &self.text;
        while let Some(index) = rest.find(['{', '}']) {
            path.push_str(&rest[..index]);
            let tail = &rest[index..];
            if let Some(after) = tail.strip_prefix("{{").or(tail.strip_prefix("}}")) {
                path.push_str(&tail[..1]);
                rest = after;
                continue;
            }
            let (name, after) = tail
                .strip_prefix('{')
                .and_then(|tail| tail.split_once('}'))
                .ok_or_else(|| self.unknown_name(tail))?;
            path.push_str(&self.named(name, log)?);
            rest = after;
        }
        path.push_str(rest);
        Ok(path)
    }

    fn named(&self, name: &str, log: &LogContext<'_>) -> Result<String, PathTemplateError> {
        let (start, end) = match log.data_interval {
            Some((start, end)) => (start.isoformat(), end.isoformat()),
            None => (String::new(), String::new()),
        };
        Ok(match name {
            "dag_id" => log.dag_id.to_owned(),
            "task_id" => log.task_id.to_owned(),
            "run_id" => log.run_id.to_owned(),
            "data_interval_start" => start,
            "data_interval_end" => end,
            "execution_date" => log.logical_date.isoformat(),
            "try_number" => log.try_number.to_string(),
            _ => return Err(self.unknown_name(name)),
        })
    }

    fn unknown_name(&self, name: &str) -> PathTemplateError {
        PathTemplateError::UnknownName {
            template: self.text.to_string(),
            name: name.to_owned(),
        }
    }
}

fn jinja_error(template: &str, source: Error) -> PathTemplateError {
    PathTemplateError::Jinja {
        template: template.to_owned(),
        source: Box::new(source),
    }
}

fn jinja_context(log: &LogContext<'_>) -> Value {
    let date = |instant: UtcDateTime| Value::from_object(DateTime(instant));
    let logical_date = || date(log.logical_date);
    let start = || log.data_interval.map(|(start, _)| date(start));
    let end = || log.data_interval.map(|(_, end)| date(end));
    let ts = log.logical_date.isoformat();
    let ds = ts.get(..10).unwrap_or_default();
    let ts_nodash = ts.get(..19).unwrap_or_default().replace(['-', ':'], "");
    let dag_run = context! {
        dag_id => log.dag_id,
        run_id => log.run_id,
        run_type => log.run_type,
        logical_date => logical_date(),
        execution_date => logical_date(),
        data_interval_start => start(),
        data_interval_end => end(),
    };
    let ti = context! {
        dag_id => log.dag_id,
        run_id => log.run_id,
        task_id => log.task_id,
        map_index => log.map_index,
        try_number => log.try_number,
        execution_date => logical_date(),
        dag_run => dag_run.clone(),
    };
    context! {
        ti => ti.clone(),
        task_instance => ti,
        dag => context! { dag_id => log.dag_id },
        task => context! { task_id => log.task_id },
        dag_run => dag_run,
        run_id => log.run_id,
        try_number => log.try_number,
        logical_date => logical_date(),
        execution_date => logical_date(),
        data_interval_start => start(),
        data_interval_end => end(),
        ds_nodash => ds.replace('-', ""),
        ds => ds,
        ts_nodash => ts_nodash,
        ts_nodash_with_tz => ts.replace(['-', ':'], ""),
        ts => ts,
    }
}

/// An instant that a template can print and call `isoformat` and `strftime` on.
#[derive(Debug)]
struct DateTime(UtcDateTime);

impl Object for DateTime {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "isoformat" => {
                let () = from_args(arguments)?;
                Ok(self.0.isoformat().into())
            }
            "strftime" => {
                let (format,): (&str,) = from_args(arguments)?;
                strftime(self.0, format).map(Value::from)
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.python_str())
    }
}

fn strftime(instant: UtcDateTime, format: &str) -> Result<String, Error> {
    let zoned = instant
        .timestamp()
        .to_zoned_datetime(jiff::tz::TimeZone::UTC);
    jiff::fmt::strtime::format(format, &zoned)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const DEFAULT: &str = "dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/task_id={{ ti.task_id }}/\
                           {% if ti.map_index >= 0 %}map_index={{ ti.map_index }}/{% endif %}\
                           attempt={{ try_number }}.log";

    fn log(map_index: i32) -> LogContext<'static> {
        LogContext {
            dag_id: "d",
            run_id: "scheduled__2024-01-01T00:00:00+00:00",
            task_id: "g.t",
            map_index,
            try_number: 3,
            run_type: "scheduled",
            logical_date: "2024-01-01T00:00:00Z".parse().unwrap(),
            data_interval: Some((
                "2024-01-01T00:00:00Z".parse().unwrap(),
                "2024-01-02T00:00:00.5Z".parse().unwrap(),
            )),
        }
    }

    #[rstest]
    #[case(
        DEFAULT,
        "dag_id=d/run_id=scheduled__2024-01-01T00:00:00+00:00/task_id=g.t/attempt=3.log"
    )]
    #[case(
        "{{ ti.dag_id }}/{{ ti.task_id }}/{{ ts }}/{{ try_number }}.log",
        "d/g.t/2024-01-01T00:00:00+00:00/3.log"
    )]
    #[case(
        "{{ dag_run.logical_date.strftime('%Y/%m/%d') }}/{{ ti.try_number }}.log",
        "2024/01/01/3.log"
    )]
    #[case(
        "{{ dag_run.run_type }}-{{ data_interval_end.isoformat() }}-{{ execution_date }}{{ nothing }}",
        "scheduled-2024-01-02T00:00:00.500000+00:00-2024-01-01 00:00:00+00:00"
    )]
    #[case(
        "{dag_id}/{task_id}/{run_id}/{execution_date}/{data_interval_end}/{{x}}{try_number}.log",
        "d/g.t/scheduled__2024-01-01T00:00:00+00:00/2024-01-01T00:00:00+00:00/\
         2024-01-02T00:00:00.500000+00:00/{x}3.log"
    )]
    fn renders(#[case] template: &str, #[case] expected: &str) {
        // A doubled brace makes the template Jinja's, so `str.format` never sees one in a real one.
        let path = if template.contains("{{x}}") {
            let template = PathTemplate {
                text: template.into(),
                environment: None,
            };
            template.render(&log(-1))
        } else {
            PathTemplate::parse(template).unwrap().render(&log(-1))
        };
        assert_eq!(path.unwrap(), Path::new(expected));
    }

    #[test]
    fn mapped() {
        let path = PathTemplate::parse(DEFAULT)
            .unwrap()
            .render(&log(0))
            .unwrap();
        assert!(
            path.to_string_lossy()
                .contains("/task_id=g.t/map_index=0/attempt")
        );
    }

    #[rstest]
    #[case("{{ ti.dag_id }}/../../x")]
    #[case("/abs/{{ ti.dag_id }}")]
    #[case("{{ nothing }}")]
    #[case("{unknown}.log")]
    #[case("{dag_id")]
    fn refuses(#[case] template: &str) {
        let template = PathTemplate::parse(template).unwrap();
        assert!(template.render(&log(-1)).is_err());
    }

    #[test]
    fn a_template_that_is_not_jinja_is_refused_at_once() {
        assert!(PathTemplate::parse("{{ ti.dag_id").is_err());
    }
}
