//! A bar for long work, where a person watches.

use std::{io::IsTerminal as _, path::Path, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Files that are worked on, one after another.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(0).with_style(
            ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.set_draw_target(ProgressDrawTarget::hidden());
        Self(bar)
    }

    /// How many there are. One alone is worth no bar.
    pub(crate) fn expect(&self, files: usize) {
        if files > 1 && std::io::stderr().is_terminal() {
            self.0.set_draw_target(ProgressDrawTarget::stderr());
            self.0.enable_steady_tick(Duration::from_millis(200));
        }
        self.0.set_length(u64::try_from(files).unwrap_or(u64::MAX));
    }

    pub(crate) fn done(&self, file: &Path) {
        let name = file.file_name().unwrap_or(file.as_os_str());
        self.0.set_message(name.display().to_string());
        self.0.inc(1);
    }

    /// Leaves nothing of it on the screen.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
