//! What the tasks wrote down; `tests/dags/witness.py` writes it.

use std::{collections::HashMap, fs, time::Duration};

use super::{
    site::Site,
    standalone::{PATIENCE, Standalone},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Begin,
    End,
    /// A failure that the DAG file plans.
    Fail,
    /// Another process of the same task instance was alive.
    Overlap,
    OnKill,
    /// A callback of a try.
    Called,
    /// SIGTERM was not heeded.
    Ignored,
}

/// DAG, run and task.
pub(super) type Key = (String, String, String);

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) word: Word,
    pub(super) key: Key,
    pub(super) try_number: i32,
}

pub(super) fn read(site: &Site) -> Vec<Entry> {
    let text = fs::read_to_string(site.path("trace/trace")).unwrap_or_default();
    text.lines().map(parse).collect()
}

fn parse(line: &str) -> Entry {
    let fields: Vec<_> = line.split(' ').collect();
    let [word, dag, run, task, try_number, _pid] = fields[..] else {
        panic!("a torn line in the trace: {line:?}");
    };
    Entry {
        word: match word {
            "begin" => Word::Begin,
            "end" => Word::End,
            "fail" => Word::Fail,
            "overlap" => Word::Overlap,
            "on_kill" => Word::OnKill,
            "called" => Word::Called,
            "ignored" => Word::Ignored,
            _ => panic!("an unknown word in the trace: {line:?}"),
        },
        key: (dag.to_owned(), run.to_owned(), task.to_owned()),
        try_number: try_number.parse().unwrap(),
    }
}

pub(super) fn count(entries: &[Entry], word: Word) -> usize {
    entries.iter().filter(|entry| entry.word == word).count()
}

/// How often each task instance has that word.
pub(super) fn by_key(entries: &[Entry], word: Word) -> HashMap<Key, Vec<i32>> {
    let mut found: HashMap<Key, Vec<i32>> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.word == word) {
        found
            .entry(entry.key.clone())
            .or_default()
            .push(entry.try_number);
    }
    found
}

/// Waits until the trace is as wanted. The looks are close together because what follows is to
/// hit the program in the midst of its work.
pub(super) async fn until(
    site: &Site,
    program: &Standalone,
    what: &str,
    wanted: impl Fn(&[Entry]) -> bool,
) {
    let looking = async {
        while !wanted(&read(site)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let looked = tokio::time::timeout(PATIENCE, looking).await;
    assert!(looked.is_ok(), "never: {what}; {}", program.told());
}
