//! Errors for people.

/// The error with everything that led to it, on one line.
pub fn error_chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot write")]
    struct Outer(#[source] std::fmt::Error);

    #[test]
    fn causes_come_after_their_consequences() {
        let cause = std::fmt::Error.to_string();
        assert_eq!(
            error_chain(&Outer(std::fmt::Error)),
            format!("cannot write: {cause}")
        );
    }
}
