//! What becomes of DAG files.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use updraft_dag_processor::Event;

use super::Narrator;
use crate::{
    headline::{headline, line_in},
    paint::Mark,
};

/// What was told of the files.
#[derive(Default)]
pub(super) struct Files {
    /// A file is parsed again and again; its error is told once.
    broken: HashMap<PathBuf, String>,
    first_pass: FirstPass,
}

/// Until each file was looked at once, nobody can say how many DAGs there are.
#[derive(Default)]
enum FirstPass {
    #[default]
    NotListed,
    Parsing {
        files: usize,
        seen: HashSet<PathBuf>,
    },
    Over,
}

impl Files {
    /// Whether it is the last one of the first pass, or comes after that.
    fn is_counted(&mut self, file: &Path) -> bool {
        match &mut self.first_pass {
            FirstPass::NotListed => false,
            FirstPass::Parsing { files, seen } => {
                seen.insert(file.to_owned());
                let is_last = seen.len() >= *files;
                if is_last {
                    self.first_pass = FirstPass::Over;
                }
                is_last
            }
            FirstPass::Over => true,
        }
    }

    /// Whether there is nothing to wait for.
    fn listed(&mut self, files: usize) -> bool {
        if matches!(self.first_pass, FirstPass::NotListed) {
            self.first_pass = match files {
                0 => FirstPass::Over,
                files => FirstPass::Parsing {
                    files,
                    seen: HashSet::new(),
                },
            };
            return files == 0;
        }
        false
    }
}

impl Narrator {
    pub(super) fn processor(&self, event: Event, files: &mut Files) {
        if is_news_of_dags(&event, files) {
            self.dags_changed.notify_one();
        }
        match event {
            Event::Parsed {
                file,
                error: Some(error),
                ..
            } => self.broken(file, &error, files),
            Event::Parsed {
                file,
                changed: false,
                ..
            } => {
                files.broken.remove(&file);
            }
            Event::Parsed {
                file,
                dags,
                seconds,
                ..
            } => {
                files.broken.remove(&file);
                let name = file.file_name().unwrap_or(file.as_os_str()).display();
                let dags = if dags.is_empty() {
                    "no DAG".to_owned()
                } else {
                    dags.join(", ")
                };
                self.line(
                    Mark::Note,
                    "file",
                    &format!("{name}: {dags} ({seconds:.2} s)"),
                );
            }
            Event::Deactivated { dag_ids } => {
                self.line(Mark::Note, "dag", &format!("gone: {}", dag_ids.join(", ")));
            }
            Event::NotParsed { path, reason } => {
                let text = format!("{} {reason}; trying again", path.display());
                self.line(Mark::Bad, "file", &text);
            }
            Event::StoreFailed { reason, .. } => {
                self.line(Mark::Bad, "database", &format!("{reason}; trying again"));
            }
            Event::Warning { message } => self.line(Mark::Bad, "note", &message),
            Event::Listed { .. } => {}
        }
    }

    /// Where it went wrong, and how; the whole trace is with `dags list-import-errors`.
    fn broken(&self, file: PathBuf, error: &str, files: &mut Files) {
        let shown = file.display().to_string();
        let line = line_in(error, &shown).map(|line| format!(":{line}"));
        let line = line.unwrap_or_default();
        let text = format!("{shown}{line}: {}", headline(error));
        if files.broken.get(&file) != Some(&text) {
            self.line(Mark::Bad, "file", &text);
            files.broken.insert(file, text);
        }
    }
}

/// Whether the number of DAGs may be another one now.
fn is_news_of_dags(event: &Event, files: &mut Files) -> bool {
    match event {
        Event::Listed { files: number } => files.listed(*number),
        Event::Parsed { file, changed, .. } => {
            let was_parsing = matches!(files.first_pass, FirstPass::Parsing { .. });
            files.is_counted(file) && (*changed || was_parsing)
        }
        Event::NotParsed { path, .. } => files.is_counted(path),
        Event::Deactivated { .. } => true,
        Event::StoreFailed { .. } | Event::Warning { .. } => false,
    }
}
