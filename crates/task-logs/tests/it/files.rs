//! Logs on disk.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use updraft_task_logs::{LocalLogs, Tail, last_lines};

fn store() -> (TempDir, LocalLogs, PathBuf) {
    let folder = TempDir::new().unwrap();
    let logs = LocalLogs::new(folder.path().join("logs"));
    let relative = Path::new("dag_id=d/attempt=1.log").to_owned();
    (folder, logs, relative)
}

#[test]
fn a_log_is_appended_to_and_has_stocks_permissions() {
    let (_folder, logs, relative) = store();
    for text in ["one\n", "two\n"] {
        logs.open(&relative)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }
    let path = logs.path(&relative);
    assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o664);
    let mode = fs::metadata(path.parent().unwrap())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o755, 0o755);
}

#[test]
fn permissions_of_an_existing_log_stay() {
    let (_folder, logs, relative) = store();
    drop(logs.open(&relative).unwrap());
    let path = logs.path(&relative);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    drop(logs.open(&relative).unwrap());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_tail_goes_on_where_it_was() {
    let (_folder, logs, relative) = store();
    let mut file = logs.open(&relative).unwrap();
    let mut tail = Tail::open(&logs.path(&relative)).unwrap();
    assert!(tail.read(10).unwrap().is_empty());
    file.write_all(b"0123456789ab").unwrap();
    assert_eq!(tail.read(10).unwrap(), b"0123456789");
    assert_eq!(tail.read(10).unwrap(), b"ab");
    file.write_all(b"cd").unwrap();
    assert_eq!(tail.read(10).unwrap(), b"cd");
    assert_eq!(tail.offset(), 14);
    file.set_len(0).unwrap();
    file.write_all(b"new").unwrap();
    assert_eq!(tail.read(10).unwrap(), b"new");
}

#[test]
fn last_lines_of_a_long_log() {
    let (_folder, logs, relative) = store();
    let mut file = logs.open(&relative).unwrap();
    let path = logs.path(&relative);
    assert!(last_lines(&path, 2).unwrap().is_empty());
    file.write_all(b"a\nb").unwrap();
    assert_eq!(last_lines(&path, 5).unwrap(), ["a", "b"]);
    file.write_all(&vec![b'x'; 100_000]).unwrap();
    file.write_all(b"\nc\nd\n").unwrap();
    assert_eq!(last_lines(&path, 2).unwrap(), ["c", "d"]);
    assert_eq!(last_lines(&path, 5).unwrap(), ["c", "d"]);
}
