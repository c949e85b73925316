//! What a child prints, line by line.

use std::{
    collections::VecDeque,
    io::{self, Write as _},
};

use tokio::{io::AsyncReadExt, net::unix::pipe};
use tokio_util::sync::CancellationToken;
use updraft_task_logs::OutputWriter;

use crate::task_log::TaskLog;

const CHUNK: usize = 64 * 1024;
/// What is kept of a child whose output goes nowhere.
const KEPT: usize = 4096;

/// Writes what a child prints into a task's log until the other end is closed everywhere, or until
/// `stop` and nothing more is there: what a task leaves running in the background may hold the
/// pipe for ever. What cannot be written (a full disk) is lost, but the task goes on.
pub(crate) async fn capture_into_log(
    mut output: pipe::Receiver,
    log: TaskLog,
    stop: CancellationToken,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    let mut writer = OutputWriter::new();
    let mut failure = None;
    loop {
        let read = read(&mut output, &mut chunk, &stop).await?;
        let mut text = Vec::new();
        if read == 0 {
            writer.finish(log.now(), |line| log.mask(line), &mut text)?;
        } else {
            writer.write(&chunk[..read], log.now(), |line| log.mask(line), &mut text)?;
        }
        if let Err(error) = write(&log, text).await {
            failure.get_or_insert(error);
        }
        if read == 0 {
            return failure.map_or(Ok(()), Err);
        }
    }
}

/// The last of what a child prints, which goes nowhere else.
pub(crate) async fn capture_tail(
    mut output: pipe::Receiver,
    stop: CancellationToken,
) -> io::Result<String> {
    let mut chunk = vec![0; CHUNK];
    let mut kept = VecDeque::with_capacity(2 * KEPT);
    loop {
        let read = read(&mut output, &mut chunk, &stop).await?;
        if read == 0 {
            let text = String::from_utf8_lossy(kept.make_contiguous());
            return Ok(text.trim().to_owned());
        }
        kept.extend(&chunk[..read]);
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }
}

/// 0 at the end.
async fn read(
    output: &mut pipe::Receiver,
    chunk: &mut [u8],
    stop: &CancellationToken,
) -> io::Result<usize> {
    tokio::select! {
        biased;
        read = output.read(chunk) => read,
        () = stop.cancelled() => match output.try_read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            read => read,
        },
    }
}

/// Waits for the disk, so a task that prints faster than it is slowed down by its full pipe.
async fn write(log: &TaskLog, text: Vec<u8>) -> io::Result<()> {
    let Some(file) = log.file.clone().filter(|_| !text.is_empty()) else {
        return Ok(());
    };
    match tokio::task::spawn_blocking(move || (&*file).write_all(&text)).await {
        Ok(result) => result,
        Err(error) => Err(io::Error::other(error)),
    }
}
