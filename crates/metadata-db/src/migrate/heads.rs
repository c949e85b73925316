//! Which Airflow left which alembic head.

/// The head of Airflow 2.10.3, 2.10.4 and 2.10.5, whose schema this is.
pub const AIRFLOW_2_10_5: &str = "5f2621c13b39";

const HEADS: [(&str, &str); 25] = [
    ("e959f08ac86c", "2.0.0"),
    ("82b7c48c147f", "2.0.1"),
    ("2e42bb497a22", "2.0.2"),
    ("a13f7613ad25", "2.1.0 to 2.1.2"),
    ("97cdd93827b8", "2.1.3"),
    ("ccde3e26fe78", "2.1.4"),
    ("7b2661a43ba3", "2.2.0 to 2.2.2"),
    ("be2bfac3da23", "2.2.3"),
    ("587bdf053233", "2.2.4 or 2.2.5"),
    ("b1b348e02d07", "2.3.0"),
    ("1de7bc13c950", "2.3.1"),
    ("3c94c427fdf6", "2.3.2"),
    ("f5fcbda3e651", "2.3.3 or 2.3.4"),
    ("ecb43d2a1842", "2.4.0 or 2.4.1"),
    ("b0d31815b5a6", "2.4.2"),
    ("e07f49787c9d", "2.4.3"),
    ("290244fb8b83", "2.5"),
    ("98ae134e6fff", "2.6.0 or 2.6.1"),
    ("c804e5c76e3e", "2.6.2 or 2.6.3"),
    ("405de8318b3a", "2.7"),
    ("10b52ebd31f7", "2.8.0"),
    ("88344c1d9134", "2.8.1 to 2.8.4"),
    ("1949afb29106", "2.9.0 or 2.9.1"),
    ("686269002441", "2.9.2 or 2.9.3"),
    ("22ed7efa9da2", "2.10.0 to 2.10.2"),
];

/// The older Airflow versions that `head` belongs to.
pub(crate) fn version_of(head: &str) -> Option<&'static str> {
    HEADS
        .iter()
        .find(|(known, _)| *known == head)
        .map(|(_, version)| *version)
}
