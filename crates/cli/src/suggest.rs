//! Which name was meant.

/// The known name that is most like `name`, if any is.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LIKE_ENOUGH: f64 = 0.6;
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|known| {
            let likeness = strsim::normalized_damerau_levenshtein(&name, &known.to_lowercase());
            (likeness, known)
        })
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("etl_dialy", Some("etl_daily"))]
    #[case("ETL_HOURLY", Some("etl_hourly"))]
    #[case("reports", Some("report"))]
    #[case("nothing", None)]
    fn names(#[case] name: &str, #[case] expected: Option<&str>) {
        let known = ["etl_daily", "etl_hourly", "report"];
        assert_eq!(nearest(name, known), expected);
    }
}
