//! The formats that jsonschema knows where Airflow's requirements are installed. Any text has any other.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

use jiff::civil::Date;
use regex::Regex;

pub(super) fn has(format: &str, text: &str) -> bool {
    match format {
        "date" => is_date(text),
        "date-time" => is_date_time(text),
        "time" => is_time(text),
        "email" | "idn-email" => text.contains('@'),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "regex" => is_regex(text),
        "uuid" => is_uuid(text),
        _ => true,
    }
}

fn is_date(text: &str) -> bool {
    let has_form = text.len() == 10 && text.is_ascii() && text.get(4..5) == Some("-");
    has_form && !text.starts_with("0000") && text.parse::<Date>().is_ok()
}

/// As RFC 3339 writes it.
fn is_date_time(text: &str) -> bool {
    static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let hour = r"(?:[01][0-9]|2[0-3])";
        let form = format!(
            r"^[Tt]{hour}:[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:[Zz]|[+-]{hour}:[0-5][0-9])$"
        );
        Regex::new(&form).ok()
    });
    let (Some(date), Some(time)) = (text.get(..10), text.get(10..)) else {
        return false;
    };
    is_date(date) && TIME.as_ref().is_some_and(|form| form.is_match(time))
}

/// In one of the forms of ISO 8601, with or without an offset.
pub(super) fn is_date_time_of_iso_8601(text: &str) -> bool {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let form = concat!(
            r"^(?<year>[0-9]{4})(?:-?(?<month>[0-9]{2})-?(?<day>[0-9]{2})",
            r"|-?W(?:0[1-9]|[1-4][0-9]|5[0-3])-?[1-7]|-?[0-3][0-9]{2})",
            r"[T ](?:[01][0-9]|2[0-3])(?::?[0-5][0-9](?::?[0-5][0-9](?:[.,][0-9]{1,9})?)?)?",
            r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
        );
        Regex::new(form).ok()
    });
    let Some(parts) = FORM.as_ref().and_then(|form| form.captures(text)) else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) =
        (parts.name("year"), parts.name("month"), parts.name("day"))
    else {
        return true;
    };
    is_date(&format!(
        "{}-{}-{}",
        year.as_str(),
        month.as_str(),
        day.as_str()
    ))
}

/// Hours, minutes and seconds, with one digit or two.
fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let [hours, minutes, seconds] = parts.as_slice() else {
        return false;
    };
    let is_below = |part: &str, limit: u8| {
        (1..=2).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse::<u8>().is_ok_and(|number| number < limit)
    };
    is_below(hours, 24) && is_below(minutes, 60) && is_below(seconds, 60)
}

/// Python has more in its expressions than Rust: what Rust only does not have may be one.
fn is_regex(text: &str) -> bool {
    match Regex::new(text) {
        Ok(_) => true,
        Err(error) => error.to_string().contains("not supported"),
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(position, byte)| match position {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
}
