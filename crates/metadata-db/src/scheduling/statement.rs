//! Statements in both dialects, written once where the dialects agree.

/// Builds [`Dialects`](crate::query::Dialects) from parts: a literal is common to both engines, `{ postgres "…" sqlite
/// "…" }` is a divergence, and `{ rows "$1" a text, b int }` is a derived table `v` of the rows in
/// a parameter that holds a JSON array of objects.
macro_rules! statement {
    ($($part:tt)+) => {
        $crate::query::Dialects {
            postgres: concat!($($crate::scheduling::statement::part!(postgres $part)),+),
            sqlite: concat!($($crate::scheduling::statement::part!(sqlite $part)),+),
        }
    };
}

macro_rules! part {
    ($engine:ident $text:literal) => { $text };
    (postgres { postgres $postgres:literal sqlite $sqlite:literal }) => { $postgres };
    (sqlite { postgres $postgres:literal sqlite $sqlite:literal }) => { $sqlite };
    (postgres { rows $parameter:literal $first:ident $first_type:ident
        $(, $column:ident $column_type:ident)* }) => {
        concat!(
            "json_to_recordset(", $parameter, ") AS v(",
            stringify!($first), " ", stringify!($first_type),
            $(", ", stringify!($column), " ", stringify!($column_type),)*
            ")"
        )
    };
    (sqlite { rows $parameter:literal $first:ident $first_type:ident
        $(, $column:ident $column_type:ident)* }) => {
        concat!(
            "(SELECT value ->> '", stringify!($first), "' AS ", stringify!($first),
            $(", value ->> '", stringify!($column), "' AS ", stringify!($column),)*
            " FROM json_each(", $parameter, ")) AS v"
        )
    };
}

pub(crate) use {part, statement};

#[cfg(test)]
mod tests {
    #[test]
    fn parts_differ_only_where_told() {
        let statement = statement!(
            "SELECT v.a FROM "
            { rows "$1" a text, b int }
            { postgres " FOR UPDATE" sqlite "" }
        );
        assert_eq!(
            statement.postgres,
            "SELECT v.a FROM json_to_recordset($1) AS v(a text, b int) FOR UPDATE"
        );
        assert_eq!(
            statement.sqlite,
            "SELECT v.a FROM (SELECT value ->> 'a' AS a, value ->> 'b' AS b FROM json_each($1)) \
             AS v"
        );
    }
}
