//! What a scalar without quotes means: the rules of YAML 1.1, where `yes` is true and `010` is eight.

use serde_json::{Number, Value};

/// The value of plain text.
pub(super) fn plain(text: &str) -> Value {
    null(text)
        .or_else(|| boolean(text))
        .or_else(|| integer(text))
        .or_else(|| float(text))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The value of text with one of YAML's own tags, such as `!!str`; none where it does not fit.
pub(super) fn tagged(kind: &str, text: &str) -> Option<Value> {
    match kind {
        "str" | "timestamp" => Some(Value::String(text.to_owned())),
        "null" => Some(Value::Null),
        "bool" => boolean(text),
        "int" => integer(text),
        "float" => float(text).or_else(|| {
            let number: f64 = integer(text)?.as_f64()?;
            Some(number.into())
        }),
        _ => None,
    }
}

fn null(text: &str) -> Option<Value> {
    matches!(text, "" | "~" | "null" | "Null" | "NULL").then_some(Value::Null)
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true.into()),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(false.into())
        }
        _ => None,
    }
}

fn integer(text: &str) -> Option<Value> {
    let (is_negative, digits) = sign(text);
    let (radix, digits) = match digits.strip_prefix('0') {
        None => return decimal(is_negative, digits),
        Some("") => (8, "0"),
        Some(rest) => match rest.strip_prefix('b') {
            Some(rest) => (2, rest),
            None => rest.strip_prefix('x').map_or((8, rest), |rest| (16, rest)),
        },
    };
    let is_digit = |c: char| c == '_' || c.is_digit(radix);
    if digits.is_empty() || !digits.chars().all(is_digit) {
        return None;
    }
    let digits = digits.replace('_', "");
    if digits.is_empty() {
        // `0_` is zero, `0x_` is nothing.
        return (radix == 8).then(|| 0.into());
    }
    let number = i128::from_str_radix(&digits, radix).ok()?;
    Some(whole(is_negative, number))
}

/// `12`, `1_000`, and `1:30`, which is ninety.
fn decimal(is_negative: bool, digits: &str) -> Option<Value> {
    let mut parts = digits.split(':');
    let first = parts.next().filter(|part| {
        part.starts_with(|c: char| c.is_ascii_digit()) && part.chars().all(is_decimal)
    })?;
    let text = first.replace('_', "");
    let Ok(mut number) = text.parse::<i128>() else {
        // Beyond what any number here can hold.
        return (!digits.contains(':')).then(|| {
            let sign = if is_negative { "-" } else { "" };
            Value::String(sign.to_owned() + &text)
        });
    };
    for part in parts {
        let sixtieth = part.parse::<i128>().ok().filter(|_| is_sixtieth(part))?;
        number = number.checked_mul(60)?.checked_add(sixtieth)?;
    }
    Some(whole(is_negative, number))
}

fn whole(is_negative: bool, number: i128) -> Value {
    let number = if is_negative { -number } else { number };
    match Number::from_i128(number) {
        Some(number) => Value::Number(number),
        None => Value::String(number.to_string()),
    }
}

fn float(text: &str) -> Option<Value> {
    let (is_negative, digits) = sign(text);
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(Value::String(text.to_owned())),
        ".nan" | ".NaN" | ".NAN" if digits.len() == text.len() => {
            return Some(Value::String(text.to_owned()));
        }
        _ => {}
    }
    let (before, after) = digits.split_once('.')?;
    if before.is_empty() && digits.len() < text.len() {
        // `-.5` is text.
        return None;
    }
    let number = match before.split_once(':') {
        Some((first, sixtieths)) => sexagesimal(first, sixtieths, after)?,
        None => pointed(before, after)?,
    };
    Some(if is_negative { -number } else { number }.into())
}

/// `1.5`, `.5`, `1.` and `1.5e+3`, whose exponent has a sign.
fn pointed(before: &str, after: &str) -> Option<f64> {
    let (fraction, exponent) = match after.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (after, None),
    };
    let first = if before.is_empty() { fraction } else { before };
    if !first.starts_with(|c: char| c.is_ascii_digit())
        || !before.chars().all(is_decimal)
        || !fraction.chars().all(is_decimal)
    {
        return None;
    }
    let is_exponent = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or_default();
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    };
    if !exponent.is_none_or(is_exponent) {
        return None;
    }
    let exponent = exponent.map(|exponent| format!("e{exponent}"));
    let text = format!("{before}.{fraction}{}", exponent.unwrap_or_default());
    let number: f64 = text.replace('_', "").parse().ok()?;
    number.is_finite().then_some(number)
}

/// `1:30.5`.
fn sexagesimal(first: &str, sixtieths: &str, fraction: &str) -> Option<f64> {
    if !first.starts_with(|c: char| c.is_ascii_digit())
        || !first.chars().all(is_decimal)
        || !fraction.chars().all(is_decimal)
    {
        return None;
    }
    let mut number: f64 = first.replace('_', "").parse().ok()?;
    let mut parts = sixtieths.split(':').peekable();
    while let Some(part) = parts.next() {
        if !is_sixtieth(part) {
            return None;
        }
        let text = match parts.peek() {
            Some(_) => part.to_owned(),
            None => format!("{part}.{}", fraction.replace('_', "")),
        };
        number = number * 60.0 + text.parse::<f64>().ok()?;
    }
    Some(number)
}

fn is_sixtieth(part: &str) -> bool {
    match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    }
}

fn is_decimal(c: char) -> bool {
    c == '_' || c.is_ascii_digit()
}

/// Whether it begins with a minus, and what follows the sign.
fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}
