//! The logs of the tasks that run, shown as they grow.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use updraft_core::{TaskInstanceKey, UtcDateTime};
use updraft_task_logs::{LogContext, PathTemplate, Tail};

use super::{Scratch, scratch::LOG_TEMPLATE};
use crate::paint::Paint;

/// What is read of a log at once.
const CHUNK: usize = 1 << 20;

/// Airflow's web server folds what is between the first two. That a process ended well is written
/// after its task was told to have ended.
const NOISE: [&str; 3] = [
    "::group::",
    "::endgroup::",
    "INFO - Task exited with return code 0",
];

pub(crate) struct Logs {
    folder: PathBuf,
    template: PathTemplate,
    open: BTreeMap<(TaskInstanceKey, i32), Follow>,
    paint: Paint,
}

struct Follow {
    path: PathBuf,
    label: String,
    tail: Option<Tail>,
    /// The begin of a line.
    rest: Vec<u8>,
}

impl Logs {
    pub(crate) fn new(scratch: &Scratch, paint: Paint) -> anyhow::Result<Self> {
        Ok(Self {
            folder: scratch.path("logs"),
            template: PathTemplate::parse(LOG_TEMPLATE)?,
            open: BTreeMap::new(),
            paint,
        })
    }

    /// Shows the log of a try from now on.
    pub(crate) fn follow(&mut self, key: &TaskInstanceKey, try_number: i32) {
        let path = self.template.render(&LogContext {
            dag_id: key.dag_id.as_str(),
            run_id: key.run_id.as_str(),
            task_id: key.task_id.as_str(),
            map_index: key.map_index.0,
            try_number,
            run_type: "manual",
            logical_date: UtcDateTime::UNIX_EPOCH,
            data_interval: None,
        });
        let Ok(path) = path else {
            return;
        };
        let follow = Follow {
            path: self.folder.join(path),
            label: label(key),
            tail: None,
            rest: Vec::new(),
        };
        self.open.entry((key.clone(), try_number)).or_insert(follow);
    }

    /// Shows whole lines that were added.
    pub(crate) fn read(&mut self) {
        for follow in self.open.values_mut() {
            follow.read(self.paint);
        }
    }

    /// Shows all that is left.
    pub(crate) fn finish(&mut self) {
        self.read();
        for follow in self.open.values_mut() {
            if !follow.rest.is_empty() {
                follow.rest.push(b'\n');
                follow.show(self.paint);
            }
        }
    }
}

impl Follow {
    fn read(&mut self, paint: Paint) {
        if self.tail.is_none() {
            self.tail = open(&self.path);
        }
        let Some(tail) = &mut self.tail else {
            return;
        };
        // A log that cannot be read now may be later, and no task fails of it.
        while let Ok(bytes) = tail.read(CHUNK) {
            if bytes.is_empty() {
                break;
            }
            self.rest.extend(bytes);
        }
        self.show(paint);
    }

    fn show(&mut self, paint: Paint) {
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else {
            return;
        };
        let lines: Vec<u8> = self.rest.drain(..=end).collect();
        for line in String::from_utf8_lossy(&lines).lines() {
            let is_noise = NOISE.iter().any(|noise| line.contains(noise));
            if !is_noise {
                paint.log(&self.label, line);
            }
        }
    }
}

fn open(path: &Path) -> Option<Tail> {
    Tail::open(path).ok()
}

/// The task, and which instance of a mapped one.
pub(super) fn label(key: &TaskInstanceKey) -> String {
    match key.map_index.0 {
        index if index >= 0 => format!("{}[{index}]", key.task_id),
        _ => key.task_id.to_string(),
    }
}
