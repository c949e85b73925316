//! Gives memory back that only the start, or the last load, needed.

use std::{fs, time::Duration};

/// By then the DAG files have been parsed for the first time.
const FIRST: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_mins(5);

/// Many threads do little here; with an arena each, much of them would lie idle.
const ARENAS: libc::c_int = 2;

/// What is larger (a DAG's serialized form) goes back to the system as soon as it is freed.
const MAPPED: libc::c_int = 512 * 1024;

/// To be called while there is one thread.
pub(crate) fn bound() {
    #[cfg(target_env = "gnu")]
    #[expect(unsafe_code, reason = "the allocator is told by a call of C")]
    // SAFETY: sets two numbers of the allocator, which nobody else sets.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, ARENAS);
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED);
    }
}

/// Goes on for ever.
pub(crate) async fn give_back() {
    let mut pause = FIRST;
    loop {
        tokio::time::sleep(pause).await;
        if tokio::task::spawn_blocking(give_back_now).await.is_err() {
            return;
        }
        pause = AGAIN;
    }
}

fn give_back_now() {
    #[cfg(target_env = "gnu")]
    #[expect(unsafe_code, reason = "the allocator is told by a call of C")]
    // SAFETY: returns free pages of the heap; what is in use stays where it is.
    unsafe {
        libc::malloc_trim(0);
    }
    forget_program();
}

/// Most pages of a program are looked at once. They are in the system's cache of files, from where those
/// that are used come back. Returns how many mappings there were.
fn forget_program() -> usize {
    let (Ok(program), Ok(smaps)) = (
        fs::read_link("/proc/self/exe"),
        fs::read_to_string("/proc/self/smaps"),
    ) else {
        return 0;
    };
    let unwritten = unwritten(&smaps, &program.to_string_lossy());
    for &(start, length) in &unwritten {
        #[expect(unsafe_code, reason = "memory is given back by a call of the system")]
        // SAFETY: the mapping is read-only and none of its pages was ever written, so each is as it is
        // in the file, which the kernel lets nobody write to while the program runs.
        unsafe {
            libc::madvise(start as *mut libc::c_void, length, libc::MADV_DONTNEED);
        }
    }
    unwritten.len()
}

/// Start and length of the read-only mappings of `program` without a page of their own.
fn unwritten(smaps: &str, program: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut mapping = None;
    for line in smaps.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [range, mode, _, _, _, path] if range.contains('-') => {
                let is_wanted = *path == program && !mode.contains('w');
                mapping = range_of(range).filter(|_| is_wanted);
            }
            [range, ..] if range.contains('-') => mapping = None,
            ["Anonymous:", "0", ..] => found.extend(mapping.take()),
            _ => {}
        }
    }
    found
}

fn range_of(range: &str) -> Option<(usize, usize)> {
    let (start, end) = range.split_once('-')?;
    let start = usize::from_str_radix(start, 16).ok()?;
    Some((
        start,
        usize::from_str_radix(end, 16).ok()?.checked_sub(start)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_file_still_has_is_forgotten() {
        let mapping = |range: &str, mode: &str, path: &str, anonymous: u32| {
            format!(
                "{range} {mode} 00000000 08:01 7   {path}\nRss: 8 kB\nAnonymous:  {anonymous} kB\n"
            )
        };
        let smaps = [
            mapping("1000-3000", "r-xp", "/bin/updraft", 0),
            mapping("3000-4000", "r--p", "/bin/updraft", 4),
            mapping("4000-5000", "rw-p", "/bin/updraft", 0),
            mapping("5000-6000", "r-xp", "/lib/libc.so.6", 0),
            mapping("6000-7000", "r--p", "", 0),
            mapping("7000-8000", "r--p", "/bin/updraft", 0),
        ];
        let expected = [(0x1000, 0x2000), (0x7000, 0x1000)];
        assert_eq!(unwritten(&smaps.concat(), "/bin/updraft"), expected);
    }

    #[test]
    fn the_program_goes_on() {
        give_back_now();
        assert!(forget_program() > 0);
        assert_eq!("a program".to_uppercase(), "A PROGRAM");
    }
}
