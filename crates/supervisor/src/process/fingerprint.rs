//! Whether files have changed.

use std::os::unix::fs::MetadataExt;

/// What files looked like. A file that is written within the clock's resolution and keeps its size
/// is not noticed; the age bound covers that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(Vec<(String, Option<Facts>)>);

/// Modification time (seconds, nanoseconds), size, inode.
type Facts = (i64, i64, u64, u64);

impl Fingerprint {
    /// Blocking, but a handful of stat calls on files that were just read.
    pub(crate) fn take<I: IntoIterator<Item = String>>(paths: I) -> Self {
        Self(
            paths
                .into_iter()
                .map(|path| {
                    let facts = std::fs::metadata(&path)
                        .ok()
                        .map(|m| (m.mtime(), m.mtime_nsec(), m.size(), m.ino()));
                    (path, facts)
                })
                .collect(),
        )
    }

    pub(crate) fn still_holds(&self) -> bool {
        *self == Self::take(self.0.iter().map(|(path, _)| path.clone()))
    }
}
