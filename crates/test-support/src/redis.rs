//! A Redis server of one test.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

/// The shell ends the server when the test's process closes its input, however that ends.
const KEEPER: &str = r#"redis-server "$@" </dev/null & read -r _; kill "$!"; wait"#;

/// Why there is no Redis to test with.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    #[error("cannot find a free port")]
    Port(#[source] std::io::Error),
    #[error("cannot start the server")]
    Start(#[source] std::io::Error),
    #[error(
        "the server did not come up (Debian's package is `redis-server`); its output:\n{output}"
    )]
    NotReady { output: String },
}

/// Keeps nothing on disk; ends when it is dropped.
#[derive(Debug)]
pub struct RedisServer {
    keeper: Child,
    port: u16,
}

impl RedisServer {
    pub fn start() -> Result<Self, RedisError> {
        let port = free_port().map_err(RedisError::Port)?;
        let mut keeper = Command::new("/bin/sh")
            .args(["-c", KEEPER, "updraft-test-redis", "--bind", "127.0.0.1"])
            .args([
                "--port",
                &port.to_string(),
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(RedisError::Start)?;
        let mut output = String::new();
        if let Some(lines) = keeper.stdout.take() {
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                if line.contains("Ready to accept connections") {
                    return Ok(Self { keeper, port });
                }
                output.push_str(&line);
                output.push('\n');
            }
        }
        if let Some(mut errors) = keeper.stderr.take() {
            // What it says beside that is in `output` already.
            let _ = errors.read_to_string(&mut output);
        }
        Err(RedisError::NotReady { output })
    }

    /// The address of a database.
    pub fn url(&self, database: u8) -> String {
        format!("redis://127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Its end is all that is waited for.
        let _ = self.keeper.wait();
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
