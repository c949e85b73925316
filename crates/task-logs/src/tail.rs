//! Reads logs that may still grow.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// Reads a log from where the last read ended. The caller knows when there may be more.
#[derive(Debug)]
pub struct Tail {
    file: File,
    offset: u64,
}

impl Tail {
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::open_at(path, 0)
    }

    pub fn open_at(path: &Path, offset: u64) -> io::Result<Self> {
        let file = File::open(path)?;
        Ok(Self { file, offset })
    }

    /// Bytes of the log that were read.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next bytes, at most `limit`; empty where the log does not go on yet.
    ///
    /// A log that became shorter was begun anew, and is read from its begin.
    pub fn read(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        if self.file.metadata()?.len() < self.offset {
            self.offset = 0;
        }
        self.file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        (&mut self.file).take(limit).read_to_end(&mut bytes)?;
        self.offset += bytes.len() as u64;
        Ok(bytes)
    }
}

/// The last lines of a log, at most `count` and at most 64 KiB of them.
pub fn last_lines(path: &Path, count: usize) -> io::Result<Vec<String>> {
    const BOUND: u64 = 64 * 1024;
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let start = length.saturating_sub(BOUND);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(BOUND).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines: Vec<&str> = text.lines().collect();
    // The first line is whole only where the text begins with the file.
    if start > 0 && lines.len() > 1 {
        lines.remove(0);
    }
    let surplus = lines.len().saturating_sub(count);
    Ok(lines[surplus..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect())
}
