//! A model of the metadata database, with a scheduler that works on it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::SignedDuration;

use crate::{
    DagId, MapIndex, RunId, TaskId, UtcDateTime,
    dag::{Dag, Task, TaskGraph},
    planner::{
        CreateRun, DagEntry, ExecutorSlots, Limits, NextDagRun, NextDagRunChange, Observation,
        Plan, Pool, PoolUsage, PreviousRun, PreviousRuns, QueueTask, Run, RunKey, RunPlan,
        RunState, Settings, SkipDecision, Snapshot, TaskInstance, Usage, plan,
    },
    state::{DagRunState, DagRunType, TaskInstanceState as State},
    timetable::Timetable,
};

pub(crate) const JOB: i32 = 7;

pub(crate) fn at(text: &str) -> UtcDateTime {
    let text = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        format!("{text}Z")
    };
    text.parse().unwrap()
}

/// A DAG out of `a > b c` lines: a task and the tasks downstream of it.
pub(crate) fn dag(dag_id: &str, edges: &str, set: impl Fn(&mut Task)) -> Dag {
    let mut tasks: Vec<(Task, Vec<TaskId>)> = Vec::new();
    for line in edges.split(';') {
        let (id, downstream) = line.split_once('>').unwrap_or((line, ""));
        let mut task = Task::new(id.trim(), "BashOperator");
        set(&mut task);
        let downstream = downstream.split_whitespace().map(TaskId::from).collect();
        tasks.push((task, downstream));
    }
    let mut dag = Dag::new(dag_id, Timetable::Null, TaskGraph::new(tasks));
    dag.dag_hash = "v1".to_owned();
    dag.start_date = Some(at("2024-01-01"));
    dag
}

pub(crate) struct World {
    pub(crate) now: UtcDateTime,
    pub(crate) snapshot: Snapshot,
    pub(crate) settings: Settings,
    pub(crate) limits: Limits,
    pub(crate) dags: BTreeMap<DagId, DagEntry>,
    pub(crate) runs: BTreeMap<RunKey, Run>,
    pub(crate) pools: Vec<Pool>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut world = Self {
            now: at("2024-06-01"),
            snapshot: Snapshot::new(Settings::default()),
            settings: Settings::default(),
            limits: Limits {
                executor_slots: ExecutorSlots::of_default(1000),
                ..Limits::default()
            },
            dags: BTreeMap::new(),
            runs: BTreeMap::new(),
            pools: Vec::new(),
        };
        world.set_pool("default_pool", 128);
        world
    }

    /// A world with one DAG and one manual run of it, set running.
    pub(crate) fn with_run(dag: Dag) -> (Self, RunKey) {
        let mut world = Self::new();
        let dag_id = dag.dag_id.clone();
        world.set_dag(dag);
        let run = world.trigger(&dag_id, at("2024-05-01"));
        world.step();
        (world, run)
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now = self.now.saturating_add(SignedDuration::from_secs(seconds));
    }

    pub(crate) fn set_pool(&mut self, name: &str, slots: i32) {
        self.pools.retain(|pool| pool.name != name);
        self.pools.push(Pool {
            name: name.to_owned(),
            slots,
            include_deferred: false,
        });
        self.snapshot
            .observe(Observation::Pools(self.pools.clone()));
    }

    pub(crate) fn set_dag(&mut self, dag: Dag) {
        let dag_id = dag.dag_id.clone();
        let dag = Some(Arc::new(dag));
        let entry = match self.dags.get(&dag_id) {
            Some(known) => DagEntry {
                dag,
                ..known.clone()
            },
            None => DagEntry {
                dag_id: dag_id.clone(),
                dag,
                is_paused: false,
                is_active: true,
                has_import_errors: false,
                next_dagrun: None,
                last_automated: None,
                custom_weights: HashMap::new(),
            },
        };
        self.set_entry(entry);
    }

    pub(crate) fn change_dag(&mut self, dag_id: &str, change: impl FnOnce(&mut DagEntry)) {
        let mut entry = self.dags[dag_id].clone();
        change(&mut entry);
        self.set_entry(entry);
    }

    pub(crate) fn pause(&mut self, dag_id: &str, is_paused: bool) {
        self.change_dag(dag_id, |entry| entry.is_paused = is_paused);
    }

    fn set_entry(&mut self, entry: DagEntry) {
        self.dags.insert(entry.dag_id.clone(), entry.clone());
        self.snapshot.observe(Observation::Dag(Box::new(entry)));
    }

    /// A manual run, queued.
    pub(crate) fn trigger(&mut self, dag_id: &DagId, date: UtcDateTime) -> RunKey {
        let run_id = RunId::from(format!("manual__{date}"));
        self.insert_run(dag_id, run_id, DagRunType::Manual, date)
    }

    pub(crate) fn insert_run(
        &mut self,
        dag_id: &DagId,
        run_id: RunId,
        run_type: DagRunType,
        date: UtcDateTime,
    ) -> RunKey {
        let dag = self.dags[dag_id].dag.clone().unwrap();
        let run = Run {
            key: RunKey {
                dag_id: dag_id.clone(),
                run_id,
            },
            id: i32::try_from(self.runs.len()).unwrap(),
            state: DagRunState::Queued,
            run_type,
            execution_date: date,
            data_interval: None,
            start_date: None,
            queued_at: Some(self.now),
            last_scheduling_decision: None,
            dag_hash: Some(dag.dag_hash.clone()),
            external_trigger: run_type == DagRunType::Manual,
            instances: dag
                .tasks
                .iter()
                .map(|(_, task)| (task.task_id.clone(), new_row(task)))
                .collect(),
            skip_decisions: Vec::new(),
            previous: None,
        };
        let key = run.key.clone();
        self.runs.insert(key.clone(), run);
        self.reload(&key);
        key
    }

    /// Reads a run whole, as the scheduler does after a refused update.
    pub(crate) fn reload(&mut self, key: &RunKey) {
        let run = self.read(key);
        self.snapshot.observe(Observation::Run(Box::new(run)));
    }

    fn read(&self, key: &RunKey) -> Run {
        let mut run = self.runs[key].clone();
        run.previous = Some(self.previous_of(&run));
        run
    }

    fn previous_of(&self, run: &Run) -> PreviousRuns {
        let dag = self.dags[&run.key.dag_id].dag.as_ref();
        let catchup = dag.is_none_or(|dag| dag.catchup);
        let earlier = || {
            let of_dag = self
                .runs
                .values()
                .filter(|r| r.key.dag_id == run.key.dag_id);
            of_dag.filter(|r| r.execution_date < run.execution_date)
        };
        PreviousRuns {
            run: earlier()
                .filter(|r| !catchup || r.run_type != DagRunType::Manual)
                .max_by_key(|r| r.execution_date)
                .map(|r| PreviousRun {
                    run_id: r.key.run_id.clone(),
                    execution_date: r.execution_date,
                    instances: r
                        .instances
                        .iter()
                        .map(|(id, i)| (id.clone(), i.map_index, i.state))
                        .collect(),
                }),
            tasks_seen: earlier()
                .flat_map(|r| r.instances.iter().map(|(id, _)| id.clone()))
                .collect(),
        }
    }

    /// A snapshot filled at once with all that is in the database.
    pub(crate) fn load(&self) -> Snapshot {
        let mut snapshot = Snapshot::new(self.settings.clone());
        snapshot.observe(Observation::Pools(self.pools.clone()));
        for entry in self.dags.values() {
            snapshot.observe(Observation::Dag(Box::new(entry.clone())));
        }
        for run in self.runs.values().filter(|run| !run.state.is_finished()) {
            snapshot.observe(Observation::Run(Box::new(self.read(&run.key))));
        }
        snapshot.observe(Observation::ForeignUsage(self.foreign_usage()));
        snapshot
    }

    pub(crate) fn foreign_usage(&self) -> Usage {
        let mut usage = Usage::default();
        for run in self.runs.values().filter(|run| run.state.is_finished()) {
            let dag_id = &run.key.dag_id;
            for (task_id, instance) in &run.instances {
                if instance.state.occupies_slot() {
                    let slots = PoolUsage {
                        occupied: instance.pool_slots.into(),
                        deferred: 0,
                    };
                    add(&mut usage.pools, &instance.pool, slots);
                    usage.dags.push((dag_id.clone(), 1));
                    usage.tasks.push((dag_id.clone(), task_id.clone(), 1));
                }
            }
        }
        usage
    }

    /// Plans by what was observed, and checks that all knowledge at once gives the same plan.
    pub(crate) fn plan(&mut self) -> Plan {
        let mut incremental = plan(&self.snapshot, &self.limits, self.now);
        if !incremental.reload.is_empty() {
            for key in &incremental.reload {
                self.reload(key);
            }
            incremental = plan(&self.snapshot, &self.limits, self.now);
            assert_eq!(incremental.reload, []);
        }
        let fresh = plan(&self.load(), &self.limits, self.now);
        assert_eq!(normal(&incremental), normal(&fresh), "incremental ≠ fresh");
        self.snapshot.settle(&incremental);
        incremental
    }

    pub(crate) fn apply(&mut self, plan: &Plan) {
        for create in &plan.create_runs {
            self.create(create);
        }
        for update in &plan.next_dagruns {
            self.set_next(&update.dag_id, update.change);
        }
        for start in &plan.start_runs {
            self.start(&start.run);
        }
        for run in &plan.runs {
            self.apply_run(run);
        }
        for task in &plan.queue {
            self.apply_queue(task);
        }
    }

    /// Plans and applies until nothing is left to do; gives back all that was planned.
    pub(crate) fn step(&mut self) -> Vec<Plan> {
        let mut plans = Vec::new();
        loop {
            let plan = self.plan();
            if plan.is_idle() {
                return plans;
            }
            self.apply(&plan);
            plans.push(plan);
            assert!(plans.len() < 1000, "never idle");
        }
    }

    fn create(&mut self, create: &CreateRun) {
        let key = RunKey {
            dag_id: create.dag_id.clone(),
            run_id: create.run_id.clone(),
        };
        let exists = self.runs.values().any(|run| {
            run.key.dag_id == create.dag_id && run.execution_date == create.execution_date
        });
        if exists {
            self.set_next(&create.dag_id, create.next_dagrun_if_exists);
        } else {
            self.insert_run(
                &create.dag_id,
                create.run_id.clone(),
                create.run_type,
                create.execution_date,
            );
            let run = self.runs.get_mut(&key).unwrap();
            run.data_interval = Some(create.data_interval);
            run.instances = create
                .instances
                .iter()
                .map(|new| (new.task_id.clone(), TaskInstance::from(new)))
                .collect();
            let entry = self.dags.get_mut(&create.dag_id).unwrap();
            entry.last_automated = Some(create.data_interval);
            self.reload(&key);
            self.set_next(&create.dag_id, create.next_dagrun);
        }
    }

    fn set_next(&mut self, dag_id: &DagId, change: NextDagRunChange) {
        self.change_dag(dag_id.as_str(), |entry| {
            entry.next_dagrun = match change {
                NextDagRunChange::HoldBack => entry.next_dagrun.map(|next| NextDagRun {
                    create_after: None,
                    ..next
                }),
                NextDagRunChange::Set(next) => Some(next),
                NextDagRunChange::Clear => None,
            };
        });
    }

    fn start(&mut self, key: &RunKey) {
        let now = self.now;
        let run = self.runs.get_mut(key).unwrap();
        assert_eq!(run.state, DagRunState::Queued);
        run.state = DagRunState::Running;
        run.start_date = Some(now);
        self.tell_run_state(key);
    }

    pub(crate) fn tell_run_state(&mut self, key: &RunKey) {
        let run = &self.runs[key];
        self.snapshot.observe(Observation::RunState(RunState {
            run: key.clone(),
            state: run.state,
            start_date: run.start_date,
            queued_at: run.queued_at,
            last_scheduling_decision: run.last_scheduling_decision,
            dag_hash: run.dag_hash.clone(),
        }));
    }

    pub(crate) fn apply_run(&mut self, plan: &RunPlan) {
        let now = self.now;
        let run = self.runs.get_mut(&plan.run).unwrap();
        assert_eq!(run.state, DagRunState::Running);
        for new in &plan.create_instances {
            let row = (new.task_id.clone(), TaskInstance::from(new));
            run.instances.push(row);
        }
        for change in &plan.changes {
            let (_, row) = run
                .instances
                .iter_mut()
                .find(|(id, i)| *id == change.task_id && i.map_index == change.map_index)
                .unwrap();
            assert_eq!(
                (row.state, row.try_number),
                (change.from, change.try_number)
            );
            let (from, to) = (change.from, change.change.state());
            let removed = to == State::Removed;
            assert!(removed || from.may_become(to), "{from} to {to}");
            row.apply(change, now);
        }
        run.last_scheduling_decision = Some(now);
        if let Some(hash) = &plan.dag_hash {
            run.dag_hash = Some(hash.clone());
        }
        if let Some(finish) = plan.finish {
            run.state = finish.state;
        }
        self.snapshot.apply_run(plan, now);
        if plan.finish.is_some() {
            let usage = self.foreign_usage();
            self.snapshot.observe(Observation::ForeignUsage(usage));
        }
    }

    pub(crate) fn apply_queue(&mut self, task: &QueueTask) {
        let now = self.now;
        let row = self.row_mut(&task.run, task.task_id.as_str());
        assert_eq!(
            (row.state, row.try_number),
            (task.from, task.from_try_number)
        );
        row.state = State::Queued;
        row.try_number = task.try_number;
        row.queued_by_job_id = Some(JOB);
        row.queued_dttm = Some(now);
        self.snapshot.apply_queue(task, JOB, now);
    }

    pub(crate) fn row_mut(&mut self, key: &RunKey, task_id: &str) -> &mut TaskInstance {
        let run = self.runs.get_mut(key).unwrap();
        let row = run
            .instances
            .iter_mut()
            .find(|(id, _)| id.as_str() == task_id);
        &mut row.unwrap().1
    }

    pub(crate) fn row(&self, key: &RunKey, task_id: &str) -> &TaskInstance {
        let row = self.runs[key]
            .instances
            .iter()
            .find(|(id, _)| id.as_str() == task_id);
        &row.unwrap().1
    }

    pub(crate) fn state(&self, key: &RunKey, task_id: &str) -> State {
        self.row(key, task_id).state
    }

    /// Somebody wrote a task instance's state: a supervisor, or a person.
    pub(crate) fn set(&mut self, key: &RunKey, task_id: &str, state: State) {
        let now = self.now;
        let row = self.row_mut(key, task_id);
        row.state = state;
        if state.is_finished() || state == State::UpForRetry {
            row.end_date = Some(now);
        }
        let instance = Box::new(row.clone());
        self.snapshot.observe(Observation::TaskInstance {
            run: key.clone(),
            task_id: task_id.into(),
            instance,
        });
        if self.runs[key].state.is_finished() {
            let usage = self.foreign_usage();
            self.snapshot.observe(Observation::ForeignUsage(usage));
        }
    }

    /// Lets a queued task run and end so, then plans.
    pub(crate) fn finish(&mut self, key: &RunKey, task_id: &str, state: State) -> Vec<Plan> {
        assert_eq!(self.state(key, task_id), State::Queued, "{task_id}");
        self.set(key, task_id, State::Running);
        self.set(key, task_id, state);
        self.step()
    }

    pub(crate) fn decide(&mut self, key: &RunKey, task_id: &str, decision: SkipDecision) {
        let decisions = &mut self.runs.get_mut(key).unwrap().skip_decisions;
        decisions.retain(|(id, _, _)| id.as_str() != task_id);
        decisions.push((task_id.into(), MapIndex::UNMAPPED, decision.clone()));
        self.snapshot.observe(Observation::SkipDecision {
            run: key.clone(),
            task_id: task_id.into(),
            map_index: MapIndex::UNMAPPED,
            decision,
        });
    }

    /// All task states of a run, `a=success b=queued`, by task id.
    pub(crate) fn states(&self, key: &RunKey) -> String {
        let mut states: Vec<String> = self.runs[key]
            .instances
            .iter()
            .map(|(id, instance)| format!("{id}={}", instance.state))
            .collect();
        states.sort();
        states.join(" ")
    }

    pub(crate) fn run_state(&self, key: &RunKey) -> DagRunState {
        self.runs[key].state
    }

    /// Task instances in a state, over all runs, as `run/task`.
    pub(crate) fn in_state(&self, state: State) -> Vec<(RunKey, TaskId)> {
        let runs = self.runs.iter();
        runs.flat_map(|(key, run)| run.instances.iter().map(move |row| (key, row)))
            .filter(|(_, (_, instance))| instance.state == state)
            .map(|(key, (task_id, _))| (key.clone(), task_id.clone()))
            .collect()
    }
}

fn add(pools: &mut Vec<(String, PoolUsage)>, name: &str, slots: PoolUsage) {
    match pools.iter_mut().find(|(known, _)| known == name) {
        Some((_, usage)) => usage.occupied += slots.occupied,
        None => pools.push((name.to_owned(), slots)),
    }
}

pub(crate) fn new_row(task: &Task) -> TaskInstance {
    TaskInstance {
        map_index: MapIndex::UNMAPPED,
        state: State::NoStatus,
        try_number: 0,
        max_tries: i32::try_from(task.retry.retries).unwrap(),
        start_date: None,
        end_date: None,
        pool: task.pool.clone(),
        pool_slots: i32::try_from(task.pool_slots).unwrap(),
        priority_weight: task.priority_weight,
        queue: task.queue.clone(),
        executor: task.executor.clone(),
        queued_by_job_id: None,
        job_id: None,
        queued_dttm: None,
        reschedule_date: None,
    }
}

/// What a plan wants written, in a form that does not depend on the order of runs in memory.
fn normal(plan: &Plan) -> String {
    let mut runs: Vec<String> = plan
        .runs
        .iter()
        .map(|run| {
            let mut changes: Vec<String> = run
                .changes
                .iter()
                .map(|change| format!("{change:?}"))
                .collect();
            changes.sort();
            let changes = changes.join("\n  ");
            format!(
                "{} finish {:?} hash {:?} new {:?}\n  {changes}",
                run.run, run.finish, run.dag_hash, run.create_instances
            )
        })
        .collect();
    runs.sort();
    format!(
        "create {:?}\nnext {:?}\nstart {:?}\nruns {}\nqueue {:#?}\nwake {:?}",
        plan.create_runs,
        plan.next_dagruns,
        plan.start_runs,
        runs.join("\n"),
        plan.queue,
        plan.wake_at
    )
}
