//! Log lines on standard error, for people.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt::time::FormatTime};
use updraft_config::LogLevel;
use updraft_core::time::Clock;

/// Begins logging. `UPDRAFT_LOG` (such as `info,updraft_scheduler=debug`) goes over
/// `[logging] logging_level`.
pub(crate) fn start(level: LogLevel, directives: Option<&str>, clock: Clock) {
    let level = match level {
        LogLevel::Debug => "debug,sqlx=info",
        LogLevel::Info => "info",
        LogLevel::Warning => "warn",
        LogLevel::Error | LogLevel::Critical => "error",
    };
    let filter = EnvFilter::builder().parse_lossy(directives.unwrap_or(level));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .with_timer(Time(clock))
        .finish();
    // Only a test that runs two commands in one process can have set another one before.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

struct Time(Clock);

impl FormatTime for Time {
    fn format_time(
        &self,
        writer: &mut tracing_subscriber::fmt::format::Writer<'_>,
    ) -> std::fmt::Result {
        let text = (self.0)().python_str();
        writer.write_str(text.get(..19).unwrap_or(&text))
    }
}
