//! Which text can stand in YAML as it is, by the rules of YAML 1.1 and of libyaml.

/// How a scalar is written.
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
}

impl Style {
    /// The plainest style that reads back as the same text.
    pub(super) fn of(text: &str, is_key: bool) -> Self {
        let has_break = text.contains('\n');
        let needs_escapes = text
            .chars()
            .any(|c| !(c == '\n' || (' '..='~').contains(&c)));
        if needs_escapes || text.contains(" \n") || text.contains("\n ") || (is_key && has_break) {
            return Self::DoubleQuoted;
        }
        let has_outer_space = text.starts_with(' ') || text.ends_with(' ');
        if has_break || has_outer_space || is_another_type(text) || has_indicator(text) {
            return Self::SingleQuoted;
        }
        Self::Plain
    }
}

/// Whether the text would be taken for YAML's own signs.
fn has_indicator(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let chars: Vec<char> = text.chars().collect();
    chars.iter().enumerate().any(|(index, c)| {
        let is_last_of_word = chars.get(index + 1).is_none_or(|next| *next == ' ');
        if index == 0 {
            "#,[]{}&*!|>'\"%@`".contains(*c) || ("?:-".contains(*c) && is_last_of_word)
        } else {
            (*c == ':' && is_last_of_word) || (*c == '#' && chars[index - 1] == ' ')
        }
    })
}

/// Whether plain text would be read as something else than text: YAML 1.1's null, booleans, numbers,
/// dates and a few signs.
fn is_another_type(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "yes", "no", "true", "false", "on", "off", "null", "~", "", "=", "<<", "Null", ".nan",
        ".NaN",
    ];
    let capitalized = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    WORDS
        .iter()
        .any(|word| text == *word || text == word.to_ascii_uppercase() || text == capitalized(word))
        || is_number(text)
        || is_timestamp(text)
}

fn is_number(text: &str) -> bool {
    const DECIMAL: &str = "0123456789_";
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let all = |text: &str, allowed: &str| text.chars().all(|c| allowed.contains(c));
    let starts_with_digit = unsigned.starts_with(|c: char| c.is_ascii_digit());
    if let Some(digits) = unsigned.strip_prefix("0b") {
        return !digits.is_empty() && all(digits, "01_");
    }
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return !digits.is_empty() && all(digits, "0123456789abcdefABCDEF_");
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    if let Some(digits) = text.strip_prefix('.') {
        let (digits, exponent) = split_exponent(digits);
        return digits.starts_with(|c: char| c.is_ascii_digit())
            && all(digits, DECIMAL)
            && exponent;
    }
    if !starts_with_digit {
        return false;
    }
    if let Some((whole, fraction)) = unsigned.split_once('.') {
        let (fraction, exponent) = split_exponent(fraction);
        let is_plain = all(whole, DECIMAL) && exponent;
        return all(fraction, DECIMAL) && (is_plain || is_sexagesimal(whole));
    }
    let is_octal = unsigned.len() > 1 && unsigned.starts_with('0') && all(unsigned, "01234567_");
    let is_decimal = unsigned == "0" || (!unsigned.starts_with('0') && all(unsigned, DECIMAL));
    is_octal || is_decimal || (!unsigned.starts_with('0') && is_sexagesimal(unsigned))
}

/// The digits, and whether what follows is a whole exponent or nothing.
fn split_exponent(text: &str) -> (&str, bool) {
    match text.split_once(['e', 'E']) {
        None => (text, true),
        Some((digits, exponent)) => {
            let power = exponent.strip_prefix(['+', '-']).unwrap_or_default();
            let is_whole = !power.is_empty() && power.chars().all(|c| c.is_ascii_digit());
            (digits, is_whole)
        }
    }
}

/// `1:30:00`.
fn is_sexagesimal(text: &str) -> bool {
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let mut count = 0;
    let is_minutes = |part: &str| {
        let digits = part.as_bytes();
        digits.iter().all(u8::is_ascii_digit)
            && (digits.len() == 1 || (digits.len() == 2 && digits[0] <= b'5'))
    };
    let rest = parts.inspect(|_| count += 1).all(is_minutes);
    rest && count > 0 && first.chars().all(|c| c.is_ascii_digit() || c == '_')
}

/// `2024-01-01`, or a date and a time.
fn is_timestamp(text: &str) -> bool {
    let digits = |text: &str, min: usize, max: usize| {
        (min..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_date = |date: &str, min: usize| {
        let parts: Vec<&str> = date.split('-').collect();
        matches!(parts.as_slice(), [year, month, day]
            if digits(year, 4, 4) && digits(month, min, 2) && digits(day, min, 2))
    };
    if is_date(text, 2) {
        return true;
    }
    let Some(index) = text.find(['T', 't', ' ', '\t']) else {
        return false;
    };
    let time = text[index + 1..].trim_start_matches([' ', '\t']);
    let clock_end = time
        .find(|c: char| !(c.is_ascii_digit() || c == ':'))
        .unwrap_or(time.len());
    let (clock, rest) = time.split_at(clock_end);
    let parts: Vec<&str> = clock.split(':').collect();
    let is_clock = matches!(parts.as_slice(), [hour, minute, second]
        if digits(hour, 1, 2) && digits(minute, 2, 2) && digits(second, 2, 2));
    let rest = match rest.strip_prefix('.') {
        Some(rest) => rest.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    is_date(&text[..index], 1) && is_clock && is_zone(rest.trim_start_matches([' ', '\t']))
}

fn is_zone(text: &str) -> bool {
    if matches!(text, "" | "Z") {
        return true;
    }
    let Some(offset) = text.strip_prefix(['+', '-']) else {
        return false;
    };
    let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "00"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (1..=2).contains(&hours.len()) && digits(hours) && minutes.len() == 2 && digits(minutes)
}
