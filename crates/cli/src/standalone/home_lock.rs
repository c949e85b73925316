//! Who works on a home directory.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, Write as _},
    path::Path,
};

use nix::fcntl::{Flock, FlockArg};
use updraft_config::DatabaseTarget;

use crate::{context::Context, failure::Failure};

/// Held as long as the process lives: the kernel lets go of it, whatever ends the process.
pub(super) struct HomeLock(#[expect(dead_code, reason = "it is held")] Flock<File>);

/// A second `standalone` on one SQLite database is a mistake, and refused; on PostgreSQL several
/// schedulers may work together, and on one home that is worth a word.
pub(super) fn take(context: &Context, is_standalone: bool) -> Result<Option<HomeLock>, Failure> {
    let home = &context.config.home.home;
    let pid = match lock(&home.join("updraft")) {
        Ok(Ok(held)) => return Ok(Some(HomeLock(held))),
        Ok(Err(pid)) => pid,
        Err(error) => {
            // A home that cannot be written to has nothing to be protected.
            tracing::debug!("{} cannot be locked: {error}", home.display());
            return Ok(None);
        }
    };
    let message = format!(
        "another Updraft (process {pid}) is at work on {} (AIRFLOW_HOME)",
        home.display()
    );
    let target = context.config.database.sql_alchemy_conn.target();
    if is_standalone && matches!(target, DatabaseTarget::Sqlite(_)) {
        return Err(Failure::new(message).with_hint(format!(
            "`kill {pid}` ends it when its tasks have ended; AIRFLOW_HOME=… gives this one a home of its own"
        )));
    }
    tracing::warn!("{message}; both schedule the same DAGs, and keep to the limits together");
    Ok(None)
}

/// The lock, or the number of the process that has it.
fn lock(folder: &Path) -> io::Result<Result<Flock<File>, String>> {
    fs::create_dir_all(folder)?;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join("running.pid"))?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(mut held) => {
            held.set_len(0)?;
            held.rewind()?;
            writeln!(held, "{}", std::process::id())?;
            Ok(Ok(held))
        }
        Err((mut file, _)) => {
            let mut pid = String::new();
            file.read_to_string(&mut pid)?;
            Ok(Err(pid.trim().to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path()).unwrap().unwrap();
        let pid = lock(folder.path()).unwrap().unwrap_err();
        assert_eq!(pid, std::process::id().to_string());
        drop(held);
        assert!(lock(folder.path()).unwrap().is_ok());
    }
}
