//! Bounds and multiples.

use std::cmp::Ordering;

use serde_json::{Number, Value};
use updraft_core::python::repr;

use super::Rule;

pub(super) fn reason(rule: Rule<'_>) -> Option<String> {
    let (Value::Number(number), Value::Number(asked)) = (rule.value, rule.asked) else {
        return None;
    };
    let order = compare(number, asked)?;
    let is_refused = match rule.keyword {
        "minimum" => order.is_lt(),
        "maximum" => order.is_gt(),
        "exclusiveMinimum" => order.is_le(),
        "exclusiveMaximum" => order.is_ge(),
        "multipleOf" => !is_multiple(number, asked),
        _ => return None,
    };
    let is = match rule.keyword {
        "minimum" => "is less than the minimum of",
        "maximum" => "is greater than the maximum of",
        "exclusiveMinimum" => "is less than or equal to the minimum of",
        "exclusiveMaximum" => "is greater than or equal to the maximum of",
        _ => "is not a multiple of",
    };
    is_refused.then(|| format!("{} {is} {}", repr(rule.value), repr(rule.asked)))
}

fn whole(number: &Number) -> Option<i128> {
    let signed = number.as_i64().map(i128::from);
    signed.or_else(|| number.as_u64().map(i128::from))
}

fn compare(one: &Number, other: &Number) -> Option<Ordering> {
    match (whole(one), whole(other)) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

/// As Python divides: by a float with its rounding.
fn is_multiple(number: &Number, of: &Number) -> bool {
    if let (Some(number), Some(of)) = (whole(number), whole(of)) {
        return number.checked_rem(of) == Some(0);
    }
    let (Some(number), Some(divisor)) = (number.as_f64(), of.as_f64()) else {
        return true;
    };
    if of.is_f64() {
        let quotient = number / divisor;
        !quotient.is_finite() || quotient.fract() == 0.0
    } else {
        number % divisor == 0.0
    }
}
