//! Gives memory back that only the start, or the last load, needed.

use std::time::Duration;

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
}
