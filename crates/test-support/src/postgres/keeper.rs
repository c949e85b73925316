//! The process that owns the server. It is a shell, so that it needs nothing of the test process,
//! which with nextest ends long before the run does.

use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::{fs::DirBuilderExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use nix::unistd::{Uid, User, chown};

use super::error::ServerError;

const SCRIPT: &str = include_str!("keeper.sh");

/// Starts a keeper in `folder` (which it will remove) that lives as long as the process `watched`.
/// Returns it and the server's port.
pub(super) fn start(folder: &Path, watched: u32) -> Result<(Child, u16), ServerError> {
    let binaries = binaries()?;
    let user = server_user()?;
    let unusable = |source| ServerError::Folder {
        path: folder.to_owned(),
        source,
    };
    // What an attempt left that failed earlier in this run.
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(unusable)?;
    }
    fs::DirBuilder::new()
        .mode(0o700)
        .create(folder)
        .map_err(unusable)?;
    let output = File::create(folder.join("keeper.log")).map_err(unusable)?;
    let errors = output.try_clone().map_err(unusable)?;
    let port = free_port()?;
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", SCRIPT, "updraft-test-postgres"])
        .args([binaries.as_os_str(), folder.as_os_str()])
        .args([port.to_string(), watched.to_string()])
        .current_dir("/")
        // The runner ends what is left in a test's process group.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors);
    if let Some(user) = user {
        chown(folder, Some(user.uid), Some(user.gid)).map_err(|source| ServerError::Owner {
            path: folder.to_owned(),
            source,
        })?;
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    let keeper = command.spawn().map_err(ServerError::Start)?;
    Ok((keeper, port))
}

/// The newest of Debian's versions.
fn binaries() -> Result<PathBuf, ServerError> {
    let versions = fs::read_dir("/usr/lib/postgresql").map_err(|_| ServerError::NotInstalled)?;
    versions
        .flatten()
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path().join("bin");
            let complete = ["initdb", "postgres"]
                .iter()
                .all(|name| folder.join(name).exists());
            complete.then_some((version, folder))
        })
        .max()
        .map(|(_, folder)| folder)
        .ok_or(ServerError::NotInstalled)
}

/// Whom to become; `None` to stay who we are.
fn server_user() -> Result<Option<User>, ServerError> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    User::from_name("postgres")
        .ok()
        .flatten()
        .map(Some)
        .ok_or(ServerError::NoUser)
}

fn free_port() -> Result<u16, ServerError> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(ServerError::Port)
}
