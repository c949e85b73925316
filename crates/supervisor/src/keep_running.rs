//! Loops that must not end before the supervisor does.

use std::time::Duration;

use tokio::{task::JoinSet, time::sleep};

const PAUSE: Duration = Duration::from_millis(200);

/// Runs a loop to its end. Where it panics, which is a bug, it is begun again: without heartbeats
/// healthy tasks would be taken for lost.
pub(crate) async fn keep_running<F>(name: &'static str, mut begin: impl FnMut() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    // Ends what it runs when it is dropped.
    let mut running = JoinSet::new();
    loop {
        running.spawn(begin());
        match running.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                tracing::error!(name, %error, "a part of the supervisor panicked; it is begun again");
                sleep(PAUSE).await;
            }
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_panics_is_begun_again() {
        let mut begun = 0;
        keep_running("test", || {
            begun += 1;
            let is_first = begun == 1;
            async move { assert!(!is_first, "as a bug would") }
        })
        .await;
        assert_eq!(begun, 2);
    }
}
