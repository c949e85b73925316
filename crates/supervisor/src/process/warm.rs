//! Warm DAG processes: which may serve, and for how long.

use std::{collections::HashMap, time::Instant};

use nix::unistd::Pid;
use tokio::sync::oneshot;

use super::{
    child::{Child, ForkSpec},
    fingerprint::Fingerprint,
    fork_server::{ForkError, ForkServer},
    signal::kill_group,
    warm_limits::WarmLimits,
};

/// A warm process with large pages saves a tenth of what each fork costs, and costs some ten forks.
const FORKS_WORTH_LARGE_PAGES: u32 = 8;

pub(crate) type Waiting = (ForkSpec, oneshot::Sender<Result<Child, ForkError>>);

pub(crate) enum Stage {
    /// Being forked, or importing.
    Loading {
        waiting: Vec<Waiting>,
        server: Option<(ForkServer, Pid)>,
        /// The DAG file as it was before the import.
        before: Fingerprint,
    },
    Ready {
        server: ForkServer,
        files: Fingerprint,
        memory_kb: u64,
        forks: u32,
        /// Whether large pages were offered to it.
        offered: bool,
    },
}

pub(crate) struct WarmProcess {
    pub(crate) id: u64,
    pub(crate) since: Instant,
    last_use: Instant,
    pub(crate) stage: Stage,
}

/// The warm processes by DAG file. Dropping a process retires it: it ends after its last child.
#[derive(Default)]
pub(crate) struct WarmPool {
    processes: HashMap<String, WarmProcess>,
    /// Files whose import left threads or sockets, or failed, as they were then.
    unsuitable: HashMap<String, Fingerprint>,
}

/// Where a task should be forked.
pub(crate) enum Place {
    Warm(ForkServer),
    /// Its file is being imported: put it into the queue of that process.
    Wait,
    /// A new process must be started for the file.
    Start,
    Zygote,
}

impl WarmPool {
    pub(crate) fn place(&mut self, path: &str, limits: &WarmLimits, now: Instant) -> Place {
        if limits.max_age.is_zero() || limits.max_processes == 0 {
            return Place::Zygote;
        }
        if let Some(process) = self.processes.get_mut(path) {
            process.last_use = now;
            match &mut process.stage {
                Stage::Loading { .. } => return Place::Wait,
                Stage::Ready {
                    server,
                    files,
                    forks,
                    ..
                } => {
                    if now - process.since < limits.max_age && files.still_holds() {
                        *forks += 1;
                        return Place::Warm(server.clone());
                    }
                }
            }
            self.processes.remove(path);
        }
        match self.unsuitable.get(path) {
            Some(files) if files.still_holds() => Place::Zygote,
            _ => {
                self.unsuitable.remove(path);
                Place::Start
            }
        }
    }

    pub(crate) fn start(&mut self, path: String, id: u64, waiting: Waiting, now: Instant) {
        let before = Fingerprint::take([path.clone()]);
        self.processes.insert(
            path,
            WarmProcess {
                id,
                since: now,
                last_use: now,
                stage: Stage::Loading {
                    waiting: vec![waiting],
                    server: None,
                    before,
                },
            },
        );
    }

    /// Queues behind an import under way; gives the order back where there is none.
    pub(crate) fn wait(&mut self, path: &str, order: Waiting) -> Result<(), Waiting> {
        match self
            .processes
            .get_mut(path)
            .map(|process| &mut process.stage)
        {
            Some(Stage::Loading { waiting, .. }) => {
                waiting.push(order);
                Ok(())
            }
            _ => Err(order),
        }
    }

    /// The process was forked and is importing. False: it is not wanted any more.
    pub(crate) fn forked(&mut self, id: u64, new_server: &ForkServer, pid: Pid) -> bool {
        match self.by_id(id) {
            Some((
                _,
                WarmProcess {
                    stage: Stage::Loading { server, .. },
                    ..
                },
            )) => {
                *server = Some((new_server.clone(), pid));
                true
            }
            _ => false,
        }
    }

    /// The import succeeded: the orders that waited, and the server for them.
    pub(crate) fn loaded(
        &mut self,
        id: u64,
        files: Vec<String>,
        memory_kb: u64,
    ) -> Option<(ForkServer, Vec<Waiting>)> {
        let (_, process) = self.by_id(id)?;
        let Stage::Loading {
            waiting,
            server: Some((server, _)),
            before,
        } = &mut process.stage
        else {
            return None;
        };
        let waiting = std::mem::take(waiting);
        let server = server.clone();
        // Changed while it was imported: what waited may use it (it asked before), nobody else.
        let fresh = before.still_holds();
        process.stage = Stage::Ready {
            server: server.clone(),
            files: if fresh {
                Fingerprint::take(files)
            } else {
                before.clone()
            },
            memory_kb,
            forks: u32::try_from(waiting.len()).unwrap_or(u32::MAX),
            offered: false,
        };
        Some((server, waiting))
    }

    /// The process ended or is unsuitable: the orders that waited, for the zygote.
    pub(crate) fn remove(&mut self, id: u64, files: Option<Vec<String>>) -> Vec<Waiting> {
        let Some(path) = self.by_id(id).map(|(path, _)| path) else {
            return Vec::new();
        };
        match self.processes.remove(&path).map(|process| process.stage) {
            Some(Stage::Loading { waiting, .. }) => {
                let files = files.unwrap_or_else(|| vec![path.clone()]);
                self.unsuitable.insert(path, Fingerprint::take(files));
                waiting
            }
            _ => Vec::new(),
        }
    }

    /// Ends what is over a bound.
    pub(crate) fn trim(&mut self, limits: &WarmLimits, now: Instant) {
        for process in self.processes.values() {
            if let Stage::Loading {
                server: Some((_, pid)),
                ..
            } = &process.stage
                && now - process.since > limits.load_timeout
            {
                // Its end gives the waiting tasks to the zygote.
                kill_group(*pid);
            }
        }
        self.processes.retain(|_, process| {
            matches!(process.stage, Stage::Loading { .. }) || now - process.since < limits.max_age
        });
        while self.over(limits) {
            let least = self
                .processes
                .iter()
                .filter(|(_, process)| matches!(process.stage, Stage::Ready { .. }))
                .min_by_key(|(_, process)| process.last_use)
                .map(|(path, _)| path.clone());
            match least {
                Some(path) => drop(self.processes.remove(&path)),
                None => break,
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    /// The process for `path` that has forked so often that large pages pay, with the memory that is
    /// left for them: each of them once.
    pub(crate) fn for_large_pages(
        &mut self,
        path: &str,
        limits: &WarmLimits,
    ) -> Option<(ForkServer, u64)> {
        let left = limits.max_memory_kb.saturating_sub(self.memory_kb());
        match &mut self.processes.get_mut(path)?.stage {
            Stage::Ready {
                server,
                forks,
                offered: offered @ false,
                ..
            } if *forks >= FORKS_WORTH_LARGE_PAGES => {
                *offered = true;
                Some((server.clone(), left))
            }
            _ => None,
        }
    }

    pub(crate) fn resized(&mut self, id: u64, new_memory_kb: u64) {
        if let Some((
            _,
            WarmProcess {
                stage: Stage::Ready { memory_kb, .. },
                ..
            },
        )) = self.by_id(id)
        {
            *memory_kb = new_memory_kb;
        }
    }

    fn memory_kb(&self) -> u64 {
        self.processes
            .values()
            .map(|process| match process.stage {
                Stage::Ready { memory_kb, .. } => memory_kb,
                Stage::Loading { .. } => 0,
            })
            .sum()
    }

    fn over(&self, limits: &WarmLimits) -> bool {
        self.processes.len() > limits.max_processes || self.memory_kb() > limits.max_memory_kb
    }

    fn by_id(&mut self, id: u64) -> Option<(String, &mut WarmProcess)> {
        self.processes
            .iter_mut()
            .find(|(_, process)| process.id == id)
            .map(|(path, process)| (path.clone(), process))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "dag.py";

    /// A process that has forked for tasks that waited for it, and holds `memory_kb`.
    fn loaded(memory_kb: u64, forks: u32, now: Instant) -> WarmPool {
        let mut pool = WarmPool::default();
        pool.processes.insert(
            FILE.to_owned(),
            WarmProcess {
                id: 1,
                since: now,
                last_use: now,
                stage: Stage::Ready {
                    server: ForkServer::unconnected(),
                    files: Fingerprint::take([]),
                    memory_kb,
                    forks,
                    offered: false,
                },
            },
        );
        pool
    }

    /// How much each fork leaves for large pages.
    fn offers(pool: &mut WarmPool, limits: &WarmLimits, forks: usize) -> Vec<Option<u64>> {
        (0..forks)
            .map(|_| {
                let now = Instant::now();
                assert!(matches!(pool.place(FILE, limits, now), Place::Warm(_)));
                pool.for_large_pages(FILE, limits).map(|(_, left)| left)
            })
            .collect()
    }

    #[test]
    fn large_pages_are_offered_once_with_the_memory_that_is_left() {
        let limits = WarmLimits {
            max_memory_kb: 100_000,
            ..WarmLimits::default()
        };
        let mut pool = loaded(30_000, 1, Instant::now());
        let offered = offers(&mut pool, &limits, 12);
        assert_eq!(offered.iter().flatten().collect::<Vec<_>>(), [&70_000]);
        assert_eq!(offered[6], Some(70_000), "with the eighth fork");
        let mut busy = loaded(30_000, 32, Instant::now());
        let offered = offers(&mut busy, &limits, 3);
        assert_eq!(offered, [Some(70_000), None, None]);
    }

    #[test]
    fn a_process_that_grew_over_the_bound_ends() {
        let limits = WarmLimits {
            max_memory_kb: 100_000,
            ..WarmLimits::default()
        };
        let now = Instant::now();
        let mut pool = loaded(30_000, 1, now);
        pool.resized(1, 90_000);
        pool.trim(&limits, now);
        assert!(!pool.is_empty());
        pool.resized(1, 110_000);
        pool.trim(&limits, now);
        assert!(pool.is_empty());
    }
}
