//! Which process of this host a row means, as `/proc` tells.

use std::fs;

use updraft_metadata_db::Engine;

/// The space in which our process ids mean something, `<boot>-<namespace>`: containers share the
/// kernel, and so its boot id, but not their processes.
pub fn process_space() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    // Its column takes 36 characters; 80 bits are more than enough to tell boots apart.
    let boot: String = boot
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(20)
        .collect();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let number: String = namespace
        .to_string_lossy()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    format!("{boot}-{number}")
}

/// When the process started: field 22 of `/proc/<pid>/stat`, in clock ticks since the machine's
/// start. `None`: it is gone.
pub fn process_start_time(pid: i32) -> Option<i64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the command in parentheses, may hold anything.
    let (_, after_name) = stat.rsplit_once(") ")?;
    let state = after_name.split(' ').next()?;
    // Dead, but not reaped yet.
    if matches!(state, "Z" | "X") {
        return None;
    }
    after_name.split(' ').nth(19)?.parse().ok()
}

/// Whether a process that rows of a database on `engine` name has ended; `None` where that cannot be
/// told: on another machine or in another container under the same host name.
pub fn has_ended(engine: Engine, space: &str, pid: i32, start_time: i64) -> Option<bool> {
    let own = process_space();
    if space == own {
        return Some(process_start_time(pid) != Some(start_time));
    }
    // The log of an SQLite file is shared memory, so machines cannot share the file: another boot is
    // this machine's past.
    (engine == Engine::Sqlite && is_of_another_boot(space)).then_some(true)
}

/// Of another machine, or of this one before it was started again.
pub(crate) fn is_of_another_boot(space: &str) -> bool {
    let boot = |space: &str| space.split_once('-').map(|(boot, _)| boot.to_owned());
    boot(space) != boot(&process_space())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_space_fits_its_column() {
        let space = process_space();
        assert!((22..=36).contains(&space.len()), "{space}");
    }

    #[rstest]
    #[case::there(Engine::Postgres, process_space(), 0, Some(false))]
    #[case::an_earlier_one_of_that_number(Engine::Postgres, process_space(), 1, Some(true))]
    #[case::before_the_machine_started_again(Engine::Sqlite, "0-1".to_owned(), 0, Some(true))]
    #[case::on_another_machine(Engine::Postgres, "0-1".to_owned(), 0, None)]
    #[case::in_another_container(Engine::Sqlite, format!("{}0", process_space()), 0, None)]
    fn tells_what_can_be_told(
        #[case] engine: Engine,
        #[case] space: String,
        #[case] earlier: i64,
        #[case] expected: Option<bool>,
    ) {
        let pid = i32::try_from(std::process::id()).unwrap();
        let start = process_start_time(pid).unwrap() - earlier;
        assert_eq!(has_ended(engine, &space, pid, start), expected);
    }
}
