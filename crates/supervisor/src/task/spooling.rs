//! The end of a try on disk while the database does not take it.

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use updraft_metadata_db::{
    Error,
    supervision::{Finished, TryEnd},
};

use super::persist::unless_killed;
use crate::{
    shared::Shared,
    spool::{Instead, Spool, SpooledEnd},
};

/// A write that takes longer waits for more than its turn. Until then the end is in memory alone, but
/// a healthy database does not cost a file for each task.
const AFTER: Duration = Duration::from_millis(500);

/// What `written` gives. While it takes its time the end lies on disk, too. `None`: everything is to
/// end at once, and whoever comes next will find it there. (Where there is no disk either, the try ends
/// as lost, as after our death.)
pub(super) async fn unless_spooled(
    shared: &Shared,
    end: &TryEnd<'_>,
    instead: impl FnOnce() -> Instead,
    written: impl Future<Output = Result<Finished, Error>>,
) -> Result<Option<Finished>, Error> {
    tokio::pin!(written);
    if let Ok(result) = timeout(AFTER, &mut written).await {
        return result.map(Some);
    }
    let grace = shared.options.limits.last_write;
    let Some(spool) = &shared.spool else {
        return unless_killed(&shared.kill, grace, written)
            .await
            .transpose();
    };
    let mut copy = Copy::begin(spool, SpooledEnd::new(&shared.lease.id, end, instead()));
    let result = tokio::select! {
        result = &mut written => result.map(Some),
        () = copy.is_enough(&shared.kill, grace) => return Ok(None),
    };
    copy.withdraw().await;
    result
}

/// An end on its way to the disk, or there.
struct Copy {
    spool: Spool,
    end: Arc<SpooledEnd>,
    writing: Option<JoinHandle<bool>>,
    is_there: bool,
}

impl Copy {
    fn begin(spool: &Spool, end: SpooledEnd) -> Self {
        let end = Arc::new(end);
        let (to, what) = (spool.clone(), Arc::clone(&end));
        Self {
            spool: spool.clone(),
            end,
            writing: Some(tokio::task::spawn_blocking(move || write(&to, &what))),
            is_there: false,
        }
    }

    /// Cancel-safe.
    async fn is_there(&mut self) -> bool {
        if let Some(writing) = &mut self.writing {
            // A panic is a bug that the runtime has told of.
            self.is_there = writing.await.unwrap_or(false);
            self.writing = None;
        }
        self.is_there
    }

    /// Nobody waits for the database any more; `grace` longer where the disk does not take the end.
    async fn is_enough(&mut self, kill: &CancellationToken, grace: Duration) {
        kill.cancelled().await;
        if !timeout(grace, self.is_there()).await.unwrap_or_default() {
            sleep(grace).await;
        }
    }

    async fn withdraw(mut self) {
        if self.is_there().await {
            let remove = move || self.spool.remove(&self.end.tag);
            // As above.
            let _ = tokio::task::spawn_blocking(remove).await;
        }
    }
}

/// Blocking. Where the disk does not take it either, it stays in memory.
fn write(spool: &Spool, end: &SpooledEnd) -> bool {
    let written = end
        .encode()
        .map_err(std::io::Error::from)
        .and_then(|bytes| spool.write(&end.tag, &bytes));
    match &written {
        Ok(()) => tracing::warn!(
            task = %end.key,
            try_number = end.try_number,
            "the database does not take the end of a try; it is kept on disk until it does"
        ),
        Err(error) => tracing::warn!(
            task = %end.key,
            try_number = end.try_number,
            %error,
            "the database does not take the end of a try, nor does the disk; it is kept in memory"
        ),
    }
    written.is_ok()
}
