//! Text to values, as Airflow's `getboolean`, `getint`, `getfloat`, `getlist` and `getjson` do it.
//!
//! A parser's error says what would have been accepted.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all parsers have one signature, since the sections take them as values"
)]

use std::{path::PathBuf, time::Duration};

use super::Secret;

pub(crate) type Parsed<T> = Result<T, String>;

/// The only kind of value in which a `#` ends the text.
pub(crate) fn boolean(text: &str) -> Parsed<bool> {
    let text = text.split('#').next().unwrap_or_default().trim();
    match text.to_lowercase().as_str() {
        "t" | "true" | "1" => Ok(true),
        "f" | "false" | "0" => Ok(false),
        _ => Err("true, t, 1, false, f or 0".to_owned()),
    }
}

/// Python's `int()`: white space around, a sign, and `_` between digits.
fn python_integer(text: &str) -> Option<i64> {
    let digits = without_underscores(text.trim())?;
    digits.parse().ok()
}

/// Python's `float()`, without infinities and NaN, which mean nothing in any option.
fn python_float(text: &str) -> Option<f64> {
    let digits = without_underscores(text.trim())?;
    digits
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let well_placed = bytes.iter().enumerate().all(|(index, byte)| {
        *byte != b'_' || (index > 0 && is_digit(index - 1) && is_digit(index + 1))
    });
    well_placed.then(|| text.replace('_', ""))
}

pub(crate) fn integer(text: &str) -> Parsed<i64> {
    python_integer(text).ok_or_else(|| "a whole number".to_owned())
}

pub(crate) fn count(text: &str) -> Parsed<u32> {
    python_integer(text)
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| "a whole number, 0 or more".to_owned())
}

pub(crate) fn port(text: &str) -> Parsed<u16> {
    python_integer(text)
        .and_then(|number| u16::try_from(number).ok())
        .ok_or_else(|| "a port number, 0 to 65535".to_owned())
}

/// A duration in whole seconds (Airflow reads it with `getint`).
pub(crate) fn seconds(text: &str) -> Parsed<Duration> {
    python_integer(text)
        .and_then(|number| u64::try_from(number).ok())
        .map(Duration::from_secs)
        .ok_or_else(|| "a whole number of seconds, 0 or more".to_owned())
}

/// A duration in seconds with a fraction (Airflow reads it with `getfloat`).
pub(crate) fn fractional_seconds(text: &str) -> Parsed<Duration> {
    python_float(text)
        .and_then(|number| Duration::try_from_secs_f64(number).ok())
        .ok_or_else(|| "a number of seconds, 0 or more".to_owned())
}

/// As [`fractional_seconds`], where zero and less mean "never".
pub(crate) fn time_limit(text: &str) -> Parsed<Option<Duration>> {
    let limit = match python_float(text) {
        Some(number) if number <= 0.0 => Some(None),
        Some(number) => Duration::try_from_secs_f64(number).ok().map(Some),
        None => None,
    };
    limit.ok_or_else(|| "a number of seconds; 0 or less for no limit".to_owned())
}

pub(crate) fn text(text: &str) -> Parsed<String> {
    Ok(text.to_owned())
}

pub(crate) fn secret(text: &str) -> Parsed<Secret> {
    Ok(Secret::new(text.to_owned()))
}

pub(crate) fn path(text: &str) -> Parsed<PathBuf> {
    if text.is_empty() {
        Err("a path".to_owned())
    } else {
        Ok(PathBuf::from(text))
    }
}

/// Comma-separated, each item without the white space around it; empty text is one empty item in
/// Airflow, and no item here.
pub(crate) fn list(text: &str) -> Parsed<Vec<String>> {
    Ok(text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect())
}

/// Permission bits, in Python's notation for octal numbers or in plain digits.
pub(crate) fn permissions(text: &str) -> Parsed<u32> {
    let digits = text.trim();
    let digits = digits.strip_prefix("0o").unwrap_or(digits);
    u32::from_str_radix(digits, 8)
        .ok()
        .filter(|mode| *mode <= 0o7777)
        .ok_or_else(|| "octal permissions such as 0o775".to_owned())
}

/// Empty text is `None`.
pub(crate) fn optional<T>(parse: impl Fn(&str) -> Parsed<T>) -> impl Fn(&str) -> Parsed<Option<T>> {
    move |text| {
        if text.is_empty() {
            Ok(None)
        } else {
            parse(text).map(Some)
        }
    }
}

/// One of the names, each with its meaning.
pub(crate) fn one_of<T: Copy>(
    accepted: &'static [(&'static str, T)],
) -> impl Fn(&str) -> Parsed<T> {
    move |text| {
        accepted
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, value)| *value)
            .ok_or_else(|| {
                let names: Vec<&str> = accepted.iter().map(|(name, _)| *name).collect();
                format!("one of {}", names.join(", "))
            })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("True", Some(true))]
    #[case(" t ", Some(true))]
    #[case("1", Some(true))]
    #[case("FALSE # or true", Some(false))]
    #[case("0#", Some(false))]
    #[case("yes", None)]
    #[case("", None)]
    fn booleans(#[case] text: &str, #[case] expected: Option<bool>) {
        assert_eq!(boolean(text).ok(), expected);
    }

    #[rstest]
    #[case("5", Some(5))]
    #[case(" +5 ", Some(5))]
    #[case("-1", Some(-1))]
    #[case("1_000", Some(1000))]
    #[case("1__0", None)]
    #[case("_1", None)]
    #[case("5.0", None)]
    #[case("5 # five", None)]
    #[case("", None)]
    fn integers(#[case] text: &str, #[case] expected: Option<i64>) {
        assert_eq!(integer(text).ok(), expected);
    }

    #[rstest]
    #[case("30.0", Ok(Some(Duration::from_secs(30))))]
    #[case("0", Ok(None))]
    #[case("-1", Ok(None))]
    #[case("1e2", Ok(Some(Duration::from_secs(100))))]
    #[case("inf", Err(()))]
    #[case("nan", Err(()))]
    fn time_limits(#[case] text: &str, #[case] expected: Result<Option<Duration>, ()>) {
        assert_eq!(time_limit(text).map_err(|_| ()), expected);
    }

    #[rstest]
    #[case("0o775", Some(0o775))]
    #[case("664", Some(0o664))]
    #[case("0x1", None)]
    #[case("889", None)]
    fn octal(#[case] text: &str, #[case] expected: Option<u32>) {
        assert_eq!(permissions(text).ok(), expected);
    }

    #[test]
    fn lists() {
        assert_eq!(list(" a, b ,,c").unwrap(), ["a", "b", "c"]);
        assert!(list("").unwrap().is_empty());
    }
}
