//! Times the real loop on task instances that are ready to be queued: from its first look at the
//! database until every one of them is queued there and handed over. The executor has a slot for each
//! and runs none. `bench/ready.py` fills the database.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{
    filter::dynamic_filter_fn, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};
use updraft_core::{UtcDateTime, failure::OnWorkerLoss, planner};
use updraft_metadata_db::{ConnectOptions, Db, Source as _};
use updraft_scheduler::{Executor, Host, Intervals, Parts, Scheduler, Settings};
use updraft_supervisor::Command;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(conn), Some(ready)) = (arguments.next(), arguments.next()) else {
        return Err("usage: one_pass SQL_ALCHEMY_CONN TASK_INSTANCES".into());
    };
    let ready: u32 = ready.parse()?;
    let options = ConnectOptions {
        max_connections: 8,
        ..ConnectOptions::default()
    };
    let db = Db::connect(&conn, &options).await?;
    let statements = statements();

    // As deep as the supervisor's own.
    let (command_sender, mut commands) = mpsc::channel(64);
    let (_inputs, inputs) = mpsc::unbounded_channel();
    let (events, _events) = mpsc::unbounded_channel();
    let begun = Instant::now();
    let ids = AtomicU64::new(0);
    let scheduler = Scheduler::start(Parts {
        db: db.clone(),
        settings: settings(),
        executor: Executor::local(ready, command_sender),
        clock: Arc::new(now),
        // As long as the ones that the program makes.
        new_id: Arc::new(move || format!("{:036}", ids.fetch_add(1, Ordering::Relaxed))),
        inputs,
        events,
    })
    .await?;
    let running = tokio::spawn(scheduler.run(CancellationToken::new()));
    let mut handed_over = 0;
    while handed_over < ready {
        match commands.recv().await {
            Some(Command::RunTask(_)) => handed_over += 1,
            Some(_) => {}
            None => return Err("the scheduler ended".into()),
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let statements = statements.load(Ordering::Relaxed);
    running.abort();
    let queued: i64 = db
        .query("SELECT COUNT(*) FROM task_instance WHERE state = 'queued'")
        .fetch_scalar()
        .await?;
    if queued != i64::from(ready) {
        return Err(format!("{queued} of {ready} are queued").into());
    }
    #[expect(clippy::print_stdout, reason = "what the benchmark reads")]
    {
        println!("{{\"seconds\": {seconds:.4}, \"statements\": {statements}}}");
    }
    Ok(())
}

/// Counts what the driver would log: every statement but BEGIN.
fn statements() -> Arc<AtomicU64> {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let counts = dynamic_filter_fn(move |metadata, _| {
        if metadata.target() == "sqlx::query" {
            counted.fetch_add(1, Ordering::Relaxed);
        }
        false
    });
    tracing_subscriber::registry().with(counts).init();
    count
}

fn settings() -> Settings {
    Settings {
        host: Host {
            hostname: "bench".to_owned(),
            unixname: "bench".to_owned(),
            process: None,
        },
        dags_folder: "/dags".to_owned(),
        planner: planner::Settings::default(),
        serialized_dag: updraft_serialized_dag::Defaults::default(),
        max_dagruns_to_create_per_loop: 10,
        use_job_schedule: true,
        on_worker_loss: OnWorkerLoss::Rerun,
        num_stuck_in_queued_retries: 2,
        intervals: Intervals::default(),
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of this program")]
fn now() -> UtcDateTime {
    Timestamp::now().into()
}
