//! What a child prints, line by line.

use std::{
    collections::VecDeque,
    io::{self, Write as _},
    os::fd::AsFd as _,
    time::Duration,
};

use nix::fcntl::{FcntlArg, fcntl};
use tokio::{io::AsyncReadExt, net::unix::pipe, task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;
use updraft_task_logs::OutputWriter;

use crate::task_log::TaskLog;

const CHUNK: usize = 64 * 1024;
/// What is kept of a child whose output goes nowhere.
const KEPT: usize = 4096;
/// How long a disk that hangs may hold a supervisor that was told to end everything.
const DISK_PATIENCE: Duration = Duration::from_secs(5);

/// A reader of what a child prints. It reads until the other end is closed everywhere, or until it is
/// finished: what a task leaves running in the background may hold the pipe for ever.
pub(crate) struct Capture<T> {
    reader: JoinHandle<io::Result<T>>,
    stop: CancellationToken,
}

impl Capture<()> {
    /// Writes what a child prints into a task's log. What cannot be written (a full disk) is lost, but
    /// the task goes on.
    pub(crate) fn into_log(output: pipe::Receiver, log: TaskLog) -> Self {
        let stop = CancellationToken::new();
        let reader = tokio::spawn(write_log(Output::new(output, stop.clone()), log));
        Self { reader, stop }
    }
}

impl Capture<String> {
    /// The last of what a child prints, which goes nowhere else.
    pub(crate) fn tail(output: pipe::Receiver) -> Self {
        let stop = CancellationToken::new();
        let reader = tokio::spawn(keep_tail(Output::new(output, stop.clone())));
        Self { reader, stop }
    }
}

impl<T> Capture<T> {
    /// The child has ended: reads what it left in the pipe, and no more. After `kill` not even a disk
    /// that hangs is waited for.
    pub(crate) async fn finish(mut self, kill: &CancellationToken) -> io::Result<T> {
        self.stop.cancel();
        let given_up = async {
            kill.cancelled().await;
            sleep(DISK_PATIENCE).await;
        };
        tokio::select! {
            result = &mut self.reader => result.map_err(io::Error::other)?,
            () = given_up => {
                self.reader.abort();
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }
}

async fn write_log(mut output: Output, log: TaskLog) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    let mut writer = OutputWriter::new();
    let mut failure = None;
    loop {
        let read = output.read(&mut chunk).await?;
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

async fn keep_tail(mut output: Output) -> io::Result<String> {
    let mut chunk = vec![0; CHUNK];
    let mut kept = VecDeque::with_capacity(2 * KEPT);
    loop {
        let read = output.read(&mut chunk).await?;
        if read == 0 {
            let text = String::from_utf8_lossy(kept.make_contiguous());
            return Ok(text.trim().to_owned());
        }
        kept.extend(&chunk[..read]);
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }
}

/// Our end of a pipe.
struct Output {
    pipe: pipe::Receiver,
    stop: CancellationToken,
    /// What may still be read, since `stop`. Whoever is left writes on as fast as we read, but what
    /// was in the pipe when the child ended is no more than the pipe holds.
    left: Option<usize>,
}

impl Output {
    fn new(pipe: pipe::Receiver, stop: CancellationToken) -> Self {
        Self {
            pipe,
            stop,
            left: None,
        }
    }

    /// 0 at the end.
    async fn read(&mut self, chunk: &mut [u8]) -> io::Result<usize> {
        if self.left.is_none() {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {}
                read = self.pipe.read(chunk) => return read,
            }
        }
        let capacity = || {
            let capacity = fcntl(self.pipe.as_fd(), FcntlArg::F_GETPIPE_SZ);
            capacity.map_or(CHUNK, |bytes| usize::try_from(bytes).unwrap_or(CHUNK))
        };
        let left = self.left.unwrap_or_else(capacity);
        let most = left.min(chunk.len());
        if most == 0 {
            return Ok(0);
        }
        // Asks the pipe itself: the runtime may not have heard yet that there is something to read.
        let read = match nix::unistd::read(self.pipe.as_fd(), &mut chunk[..most]) {
            Ok(read) => read,
            Err(nix::errno::Errno::EAGAIN) => 0,
            Err(error) => return Err(error.into()),
        };
        self.left = Some(left - read);
        Ok(read)
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

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;

    use super::*;

    fn pipe() -> (Output, std::io::PipeWriter) {
        let (read, write) = std::io::pipe().unwrap();
        let receiver = pipe::Receiver::from_owned_fd(OwnedFd::from(read)).unwrap();
        (Output::new(receiver, CancellationToken::new()), write)
    }

    #[tokio::test]
    async fn what_was_in_the_pipe_at_the_end_is_read() {
        let (output, mut writer) = pipe();
        output.stop.cancel();
        writer.write_all(b"first\nlast").unwrap();
        assert_eq!(keep_tail(output).await.unwrap(), "first\nlast");
    }

    #[tokio::test]
    async fn a_writer_that_never_stops_is_not_followed_after_the_end() {
        let (mut output, mut writer) = pipe();
        let endless = std::thread::spawn(move || while writer.write_all(&[b'y'; 4096]).is_ok() {});
        let mut chunk = vec![0; CHUNK];
        assert!(output.read(&mut chunk).await.unwrap() > 0);
        output.stop.cancel();
        let mut total = 0;
        loop {
            match output.read(&mut chunk).await.unwrap() {
                0 => break,
                read => total += read,
            }
            assert!(total <= CHUNK, "{total}");
        }
        drop(output);
        endless.join().unwrap();
    }
}
