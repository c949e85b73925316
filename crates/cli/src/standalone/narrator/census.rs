//! How many DAGs there are.

use std::time::Duration;

use updraft_metadata_db::{
    Db,
    cli_queries::{Census, census},
};

use super::Narrator;
use crate::paint::Mark;

/// Several files are often saved together.
const SETTLE: Duration = Duration::from_millis(200);

/// DAGs are paused and unpaused by others, of which nobody tells.
const LOOK: Duration = Duration::from_secs(3);

impl Narrator {
    /// Tells when all files were parsed, and whenever it is another number. `at_once` where another
    /// process parses them. Never ends.
    pub(in crate::standalone) async fn count_dags(self, db: Db, at_once: bool) {
        if !at_once {
            self.dags_changed.notified().await;
        }
        let mut told = None;
        loop {
            // Of a database that does not answer the scheduler tells.
            if let Ok(found) = census(&db).await
                && told != Some(found)
            {
                self.line(Mark::Note, "dags", &text(found));
                told = Some(found);
            }
            tokio::select! {
                () = self.dags_changed.notified() => tokio::time::sleep(SETTLE).await,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

fn text(found: Census) -> String {
    let Census {
        dags,
        paused,
        import_errors,
    } = found;
    let noun = if dags == 1 { "DAG" } else { "DAGs" };
    let counted = match dags - paused {
        _ if dags == 0 => "no DAG yet".to_owned(),
        unpaused => format!("{dags} {noun}: {unpaused} unpaused, {paused} paused"),
    };
    let broken = match import_errors {
        0 => return counted,
        1 => "1 file".to_owned(),
        several => format!("{several} files"),
    };
    format!("{counted}; {broken} cannot be imported (`updraft dags list-import-errors`)")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, 0, 0, "no DAG yet")]
    #[case(1, 0, 0, "1 DAG: 1 unpaused, 0 paused")]
    #[case(
        5,
        2,
        1,
        "5 DAGs: 3 unpaused, 2 paused; 1 file cannot be imported (`updraft dags list-import-errors`)"
    )]
    fn told(
        #[case] dags: i64,
        #[case] paused: i64,
        #[case] import_errors: i64,
        #[case] expected: &str,
    ) {
        let found = Census {
            dags,
            paused,
            import_errors,
        };
        assert_eq!(text(found), expected);
    }
}
