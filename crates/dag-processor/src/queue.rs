//! Which file is parsed next. No IO: times and listings are handed in.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use jiff::SignedDuration;
use updraft_core::UtcDateTime;

use crate::{discovery::DagFile, options::SortMode};

#[derive(Clone, Copy, Debug)]
struct FileState {
    modified: UtcDateTime,
    /// When the file's last parse ended.
    finished: Option<UtcDateTime>,
    /// Not before this instant, whatever else says that the file is due.
    not_before: Option<UtcDateTime>,
}

#[derive(Debug)]
pub(crate) struct Queue {
    interval: SignedDuration,
    sort_mode: SortMode,
    hostname: String,
    files: HashMap<PathBuf, FileState>,
    waiting: VecDeque<PathBuf>,
    running: HashSet<PathBuf>,
    /// Changed while they were being parsed.
    again: HashSet<PathBuf>,
}

impl Queue {
    pub(crate) fn new(interval: SignedDuration, sort_mode: SortMode, hostname: String) -> Self {
        Self {
            interval,
            sort_mode,
            hostname,
            files: HashMap::new(),
            waiting: VecDeque::new(),
            running: HashSet::new(),
            again: HashSet::new(),
        }
    }

    /// Takes over a listing; returns the files that are no longer listed. New files come first.
    pub(crate) fn set_files(&mut self, listed: &[DagFile]) -> Vec<PathBuf> {
        let alive: HashSet<&Path> = listed.iter().map(|file| file.path.as_path()).collect();
        let gone: Vec<PathBuf> = self
            .files
            .keys()
            .filter(|path| !alive.contains(path.as_path()))
            .cloned()
            .collect();
        for path in &gone {
            self.files.remove(path);
        }
        self.waiting.retain(|path| alive.contains(path.as_path()));
        self.again.retain(|path| alive.contains(path.as_path()));
        let mut new = Vec::new();
        for file in listed {
            if self.files.contains_key(&file.path) {
                self.modified(&file.path, file.modified);
                continue;
            }
            self.files.insert(
                file.path.clone(),
                FileState {
                    modified: file.modified,
                    finished: None,
                    not_before: None,
                },
            );
            new.push(file.path.clone());
        }
        for path in self.sorted(new).into_iter().rev() {
            self.put_first(&path);
        }
        gone
    }

    pub(crate) fn contains(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// Every file with the end of its last parse.
    pub(crate) fn finished_files(&self) -> impl Iterator<Item = (&Path, UtcDateTime)> {
        self.files
            .iter()
            .filter_map(|(path, state)| Some((path.as_path(), state.finished?)))
    }

    /// The file is to be parsed before all others; again, if it is being parsed.
    pub(crate) fn put_first(&mut self, path: &Path) {
        let Some(state) = self.files.get_mut(path) else {
            return;
        };
        state.not_before = None;
        if self.running.contains(path) {
            self.again.insert(path.to_owned());
            return;
        }
        self.waiting.retain(|waiting| waiting != path);
        self.waiting.push_front(path.to_owned());
    }

    /// The time of modification as seen now. With any other one than before the file goes first,
    /// also with an older one: a deploy may move another version of the file to its place.
    pub(crate) fn modified(&mut self, path: &Path, modified: UtcDateTime) {
        let Some(state) = self.files.get_mut(path) else {
            return;
        };
        let is_other = modified != state.modified;
        state.modified = modified;
        if is_other {
            self.put_first(path);
        }
    }

    /// The next file to parse, which counts as running from now on.
    pub(crate) fn take(&mut self, now: UtcDateTime) -> Option<PathBuf> {
        if self.waiting.is_empty() {
            let due: Vec<PathBuf> = self
                .files
                .iter()
                .filter(|(path, state)| {
                    !self.running.contains(*path) && self.due_at(state).is_none_or(|at| at <= now)
                })
                .map(|(path, _)| path.clone())
                .collect();
            self.waiting = self.sorted(due).into();
        }
        let path = self.waiting.pop_front()?;
        self.running.insert(path.clone());
        Some(path)
    }

    /// The parse of `path` ended.
    pub(crate) fn finished(&mut self, path: &Path, now: UtcDateTime) {
        self.running.remove(path);
        if let Some(state) = self.files.get_mut(path) {
            state.finished = Some(now);
        }
        if self.again.remove(path) {
            self.put_first(path);
        }
    }

    /// The result could not be stored: parse again, but not at once.
    pub(crate) fn postpone(&mut self, path: &Path, until: UtcDateTime) {
        self.running.remove(path);
        if let Some(state) = self.files.get_mut(path) {
            state.finished = None;
            state.not_before = Some(until);
        }
    }

    /// When the next file is due, apart from those that wait or run.
    pub(crate) fn wake_at(&self) -> Option<UtcDateTime> {
        self.files
            .iter()
            .filter(|(path, _)| !self.running.contains(*path))
            .map(|(_, state)| self.due_at(state).unwrap_or(UtcDateTime::UNIX_EPOCH))
            .min()
    }

    /// `None`: at once.
    fn due_at(&self, state: &FileState) -> Option<UtcDateTime> {
        if state.not_before.is_some() {
            return state.not_before;
        }
        let finished = state.finished?;
        let changed = self.sort_mode == SortMode::ModifiedTime && state.modified > finished;
        (!changed).then(|| finished.saturating_add(self.interval))
    }

    fn sorted(&self, mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
        paths.sort();
        match self.sort_mode {
            SortMode::Alphabetical => {}
            SortMode::ModifiedTime => paths.sort_by_key(|path| {
                let modified = self.files.get(path).map(|state| state.modified);
                std::cmp::Reverse(modified)
            }),
            SortMode::RandomSeededByHost => paths.sort_by_cached_key(|path| {
                let mut hasher = DefaultHasher::new();
                (&self.hostname, path).hash(&mut hasher);
                hasher.finish()
            }),
        }
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> UtcDateTime {
        UtcDateTime::from_micros(second * 1_000_000).unwrap()
    }

    fn file(name: &str, modified: i64) -> DagFile {
        DagFile {
            path: name.into(),
            modified: at(modified),
            filelocs: vec![name.to_owned()],
        }
    }

    fn queue(sort_mode: SortMode) -> Queue {
        Queue::new(SignedDuration::from_secs(30), sort_mode, "host".to_owned())
    }

    fn drain(queue: &mut Queue, now: i64) -> Vec<String> {
        std::iter::from_fn(|| queue.take(at(now)))
            .map(|path| path.display().to_string())
            .collect()
    }

    fn finish_all(queue: &mut Queue, now: i64) {
        for path in queue.running.clone() {
            queue.finished(&path, at(now));
        }
    }

    #[test]
    fn the_newest_file_comes_first() {
        let mut queue = queue(SortMode::ModifiedTime);
        queue.set_files(&[file("a", 1), file("b", 3), file("c", 2)]);
        assert_eq!(drain(&mut queue, 10), ["b", "c", "a"]);
    }

    #[test]
    fn a_file_is_parsed_again_after_the_interval() {
        let mut queue = queue(SortMode::Alphabetical);
        queue.set_files(&[file("b", 1), file("a", 2)]);
        assert_eq!(drain(&mut queue, 10), ["a", "b"]);
        finish_all(&mut queue, 11);
        assert_eq!(queue.wake_at(), Some(at(41)));
        assert!(drain(&mut queue, 40).is_empty());
        assert_eq!(drain(&mut queue, 41), ["a", "b"]);
        assert!(drain(&mut queue, 100).is_empty());
    }

    #[test]
    fn a_changed_file_does_not_wait() {
        let mut queue = queue(SortMode::ModifiedTime);
        queue.set_files(&[file("a", 1), file("b", 2)]);
        drain(&mut queue, 10);
        finish_all(&mut queue, 11);
        queue.modified(Path::new("a"), at(1));
        assert!(drain(&mut queue, 12).is_empty());
        queue.modified(Path::new("a"), at(12));
        assert_eq!(drain(&mut queue, 12), ["a"]);
        finish_all(&mut queue, 13);
        queue.set_files(&[file("a", 12), file("b", 1)]);
        assert_eq!(drain(&mut queue, 13), ["b"]);
    }

    #[test]
    fn a_change_during_the_parse_is_not_lost() {
        let mut queue = queue(SortMode::ModifiedTime);
        queue.set_files(&[file("a", 1)]);
        drain(&mut queue, 10);
        queue.put_first(Path::new("a"));
        assert!(drain(&mut queue, 11).is_empty());
        queue.finished(Path::new("a"), at(12));
        assert_eq!(drain(&mut queue, 12), ["a"]);
    }

    #[test]
    fn gone_files_are_forgotten() {
        let mut queue = queue(SortMode::ModifiedTime);
        queue.set_files(&[file("a", 1), file("b", 1)]);
        assert_eq!(queue.set_files(&[file("b", 1)]), [PathBuf::from("a")]);
        assert_eq!(drain(&mut queue, 10), ["b"]);
    }

    #[test]
    fn a_postponed_file_waits_for_its_instant() {
        let mut queue = queue(SortMode::ModifiedTime);
        queue.set_files(&[file("a", 1)]);
        drain(&mut queue, 10);
        queue.postpone(Path::new("a"), at(15));
        assert!(drain(&mut queue, 14).is_empty());
        assert_eq!(queue.wake_at(), Some(at(15)));
        assert_eq!(drain(&mut queue, 15), ["a"]);
    }
}
