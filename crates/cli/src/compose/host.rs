//! This machine and user, as rows name them.

use std::path::Path;

use anyhow::Context as _;
use tokio::process::Command;

/// What Airflow's `getfqdn` answers, without importing Airflow: the first canonical name that the
/// resolver has for the host name, else the host name.
const GETFQDN: &str = "\
import socket
name = socket.gethostname()
try:
    found = [entry[3] for entry in socket.getaddrinfo(name, None, 0, socket.SOCK_DGRAM, 0, socket.AI_CANONNAME)]
    name = next((canonical for canonical in found if canonical), name)
except OSError:
    pass
print(name)
";

/// Calls any other `[core] hostname_callable`.
const CALL: &str = "\
import importlib, sys
module, _, name = sys.argv[1].rpartition('.')
print(getattr(importlib.import_module(module), name)())
";

#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub hostname: String,
    pub unixname: String,
}

impl Host {
    /// Asks Python for the host name, since the callable is the user's to choose: the web server
    /// fetches logs by it, so it must be the name that stock's parts would write.
    pub(crate) async fn ask(python: &Path, hostname_callable: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(python);
        match hostname_callable {
            "airflow.utils.net.getfqdn" | "airflow.utils.net:getfqdn" => {
                command.args(["-I", "-c", GETFQDN]);
            }
            callable => {
                command.args(["-c", CALL, callable]);
            }
        }
        let output = command
            .output()
            .await
            .with_context(|| format!("cannot start {}", python.display()))?;
        let hostname = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || hostname.is_empty() {
            let trace = String::from_utf8_lossy(&output.stderr);
            anyhow::bail!(
                "[core] hostname_callable {hostname_callable} failed: {}",
                trace.trim().lines().last().unwrap_or("it printed nothing")
            );
        }
        let user = nix::unistd::User::from_uid(nix::unistd::geteuid())
            .context("cannot look up the user")?;
        let unixname = user.map_or_else(|| nix::unistd::geteuid().to_string(), |user| user.name);
        Ok(Self { hostname, unixname })
    }
}
