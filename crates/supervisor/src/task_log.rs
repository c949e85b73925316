//! The log file of a try, and the supervisor's own lines in it.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io,
    os::fd::AsFd as _,
    sync::{Arc, Mutex, PoisonError},
};

use updraft_core::{UtcDateTime, time::Clock};
use updraft_metadata_db::supervision::Claimed;
use updraft_task_logs::{Level, Line, LogContext, PathTemplate, PathTemplateError};

use crate::options::{LogOptions, Mask};

#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskLogError {
    #[error("the path template of the log cannot be used")]
    Template(#[from] PathTemplateError),
    #[error("cannot open the log file")]
    Open(#[source] io::Error),
}

/// Opens log files; remembers the parsed path templates, of which there are few.
pub(crate) struct TaskLogs {
    options: LogOptions,
    clock: Clock,
    templates: Mutex<HashMap<String, PathTemplate>>,
}

impl TaskLogs {
    pub(crate) fn new(options: LogOptions, clock: Clock) -> Self {
        Self {
            options,
            clock,
            templates: Mutex::default(),
        }
    }

    /// Opens the log of a claimed try where the web server looks for it. Blocking, for a moment.
    pub(crate) fn open(&self, claimed: &Claimed) -> Result<TaskLog, TaskLogError> {
        let (instance, run) = (&claimed.task_instance, &claimed.dag_run);
        let template = claimed
            .log_template
            .as_deref()
            .unwrap_or(&self.options.path_template);
        let interval = run.data_interval_start.zip(run.data_interval_end);
        let path = self.template(template)?.render(&LogContext {
            dag_id: &instance.dag_id,
            run_id: &instance.run_id,
            task_id: &instance.task_id,
            map_index: instance.map_index,
            try_number: instance.try_number.unwrap_or_default(),
            run_type: &run.run_type,
            logical_date: run.execution_date.0,
            data_interval: interval.map(|(start, end)| (start.0, end.0)),
        })?;
        let file = self.options.local.open(&path).map_err(TaskLogError::Open)?;
        Ok(TaskLog {
            file: Some(Arc::new(file)),
            clock: self.clock.clone(),
            mask: self.options.mask.clone(),
        })
    }

    /// For a try whose file cannot be opened.
    pub(crate) fn standard_error(&self) -> TaskLog {
        let file = std::io::stderr()
            .as_fd()
            .try_clone_to_owned()
            .map(File::from)
            .or_else(|_| File::options().append(true).open("/dev/null"));
        TaskLog {
            file: file.ok().map(Arc::new),
            clock: self.clock.clone(),
            mask: self.options.mask.clone(),
        }
    }

    fn template(&self, text: &str) -> Result<PathTemplate, PathTemplateError> {
        let mut templates = self
            .templates
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = templates.get(text) {
            return Ok(template.clone());
        }
        let template = PathTemplate::parse(text)?;
        templates.insert(text.to_owned(), template.clone());
        Ok(template)
    }
}

/// An open task log. Lines of several processes mix in it, each written at once.
#[derive(Clone)]
pub(crate) struct TaskLog {
    /// `None` where neither the file nor a substitute could be opened.
    pub(crate) file: Option<Arc<File>>,
    clock: Clock,
    mask: Mask,
}

impl TaskLog {
    pub(crate) fn now(&self) -> UtcDateTime {
        (self.clock)()
    }

    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        (self.mask)(text)
    }

    pub(crate) fn info(&self, message: &str) {
        self.line(Level::Info, message);
    }

    pub(crate) fn error(&self, message: &str) {
        self.line(Level::Error, message);
    }

    fn line(&self, level: Level, message: &str) {
        let line = Line {
            at: self.now(),
            // Where Airflow's supervisor process writes such lines.
            source: "local_task_job_runner.py:266",
            level,
            message,
        };
        let Some(file) = &self.file else {
            return;
        };
        if let Err(error) = line.write_to(&mut &**file) {
            tracing::warn!(%error, "cannot write to a task log");
        }
    }
}
