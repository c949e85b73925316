//! Lists as parameters, in each dialect.

use crate::Engine;

/// A derived table `v` of the rows in `parameter`, a JSON array of objects. `columns` is a list of
/// `name type`, with PostgreSQL's types. A repeated call of the same statement gives the same text.
pub(super) fn rows(engine: Engine, parameter: &str, columns: &str) -> String {
    match engine {
        Engine::Postgres => format!("json_to_recordset({parameter}) AS v({columns})"),
        Engine::Sqlite => {
            let fields: Vec<String> = columns
                .split(", ")
                .filter_map(|column| column.split_whitespace().next())
                .map(|name| format!("value ->> '{name}' AS {name}"))
                .collect();
            format!(
                "(SELECT {} FROM json_each({parameter})) AS v",
                fields.join(", ")
            )
        }
    }
}

/// A subquery of the texts in `parameter`, a JSON array.
pub(super) fn texts(engine: Engine, parameter: &str) -> String {
    match engine {
        Engine::Postgres => format!("(SELECT json_array_elements_text({parameter}))"),
        Engine::Sqlite => format!("(SELECT value FROM json_each({parameter}))"),
    }
}

/// `text` as a value for a JSON column.
pub(super) fn json(engine: Engine, text: &str) -> String {
    match engine {
        Engine::Postgres => format!("CAST({text} AS json)"),
        // SQLite keeps JSON as text; a cast would turn it into a number.
        Engine::Sqlite => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects() {
        let columns = "dag_id text, priority int";
        assert_eq!(
            rows(Engine::Postgres, "$1", columns),
            "json_to_recordset($1) AS v(dag_id text, priority int)"
        );
        assert_eq!(
            rows(Engine::Sqlite, "$1", columns),
            "(SELECT value ->> 'dag_id' AS dag_id, value ->> 'priority' AS priority \
             FROM json_each($1)) AS v"
        );
    }
}
