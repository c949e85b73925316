//! The parts of the process, wired to each other, and their end.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use updraft_core::{DagId, time::Clock};
use updraft_dag_processor::{DagProcessor, Options};
use updraft_metadata_db::Db;
use updraft_scheduler::{Executor, Input, Scheduler, Settings};
use updraft_supervisor::{Command, SupervisorHandle};
use uuid::Uuid;

use super::{narrator::Narrator, stop::Stop};
use crate::memory;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExecutorKind {
    Local,
    Sequential,
}

pub(super) struct Parts {
    pub db: Db,
    pub handle: SupervisorHandle,
    pub supervisor_events: mpsc::UnboundedReceiver<updraft_supervisor::Event>,
    pub executor: Executor,
    pub settings: Settings,
    pub options: Options,
    pub clock: Clock,
    pub processes_dags: bool,
}

impl Parts {
    pub(super) async fn run(self, narrator: Narrator, stop: Stop) -> anyhow::Result<()> {
        let (inputs, scheduler_inputs) = mpsc::unbounded_channel();
        let (scheduler_events, scheduler_news) = mpsc::unbounded_channel();
        let (processor_events, processor_news) = mpsc::unbounded_channel();
        let (said, stopped) = mpsc::unbounded_channel();

        let supervisor = tokio::spawn(supervisor_news(
            self.supervisor_events,
            inputs.clone(),
            said,
        ));
        let processor = self.processes_dags.then(|| {
            let (db, supervisor) = (self.db.clone(), self.handle.clone());
            let processor = DagProcessor::new(self.options, db, supervisor, self.clock.clone());
            let (news, changed) = mpsc::channel(64);
            let processor = processor.with_events(processor_events);
            let (drain, inputs) = (stop.drain.clone(), inputs.clone());
            // What is passed on ends with the processor, which holds the other end.
            tokio::spawn(async move {
                tokio::join!(processor.run(drain, news), dags_changed(changed, inputs));
            })
        });
        let narration = tokio::spawn(narrator.clone().follow(
            scheduler_news,
            processor_news,
            stopped,
            stop.clone(),
        ));
        let counting = tokio::spawn(narrator.count_dags(self.db.clone(), !self.processes_dags));
        let giving_back = tokio::spawn(memory::give_back());
        let killing = tokio::spawn(kill_tasks(stop.kill.clone(), self.handle.commands.clone()));

        let scheduler = Scheduler::start(updraft_scheduler::Parts {
            db: self.db.clone(),
            settings: self.settings,
            executor: self.executor,
            clock: self.clock,
            new_id: Arc::new(|| Uuid::new_v4().to_string()),
            inputs: scheduler_inputs,
            events: scheduler_events,
        })
        .await
        .context("the scheduler does not start")?;
        let ended = scheduler.run(stop.drain.clone()).await;

        stop.drain.cancel();
        if let Some(processor) = processor {
            processor.await.context("the DAG processor ended badly")?;
        }
        // The supervisor may have gone already, after a second signal.
        let _ = self.handle.commands.send(Command::Drain).await;
        supervisor
            .await
            .context("the supervisor of tasks ended badly")?;
        drop((inputs, self.handle));
        killing.abort();
        counting.abort();
        giving_back.abort();
        narration
            .await
            .context("the printing of events ended badly")?;
        self.db.close().await;
        ended.context("the scheduler ended badly")
    }
}

/// Passes news of tasks on to the scheduler until the supervisor has stopped.
async fn supervisor_news(
    mut events: mpsc::UnboundedReceiver<updraft_supervisor::Event>,
    inputs: mpsc::UnboundedSender<Input>,
    said: mpsc::UnboundedSender<updraft_supervisor::Event>,
) {
    while let Some(event) = events.recv().await {
        let last = matches!(event, updraft_supervisor::Event::Stopped);
        // The scheduler may have ended before the supervisor, and printing is no duty.
        let _ = said.send(event.clone());
        let _ = inputs.send(Input::Supervisor(event));
        if last {
            break;
        }
    }
}

async fn dags_changed(
    mut changed: mpsc::Receiver<updraft_dag_processor::DagsChanged>,
    inputs: mpsc::UnboundedSender<Input>,
) {
    while let Some(changed) = changed.recv().await {
        let dag_ids = Some(changed.dag_ids.into_iter().map(DagId::from).collect());
        if inputs.send(Input::DagsChanged { dag_ids }).is_err() {
            break;
        }
    }
}

async fn kill_tasks(kill: CancellationToken, commands: mpsc::Sender<Command>) {
    kill.cancelled().await;
    let _ = commands.send(Command::Kill).await;
}
