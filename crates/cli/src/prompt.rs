//! Questions on the terminal.

use std::io::{BufRead, Write as _};

/// Prints the question and reads one line; the end of the input is an empty one.
fn ask(question: &str) -> anyhow::Result<String> {
    let mut out = std::io::stdout().lock();
    out.write_all(question.as_bytes())?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_lowercase())
}

/// Only `y` means yes.
pub(crate) fn confirm(question: &str) -> anyhow::Result<bool> {
    Ok(ask(question)? == "y")
}

/// Asks again until the answer is yes or no.
pub(crate) fn ask_yes_or_no(question: &str) -> anyhow::Result<bool> {
    loop {
        match ask(&format!("{question}\n"))?.as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" | "" => return Ok(false),
            _ => {
                std::io::stdout().write_all(b"Type y or n.\n")?;
            }
        }
    }
}
