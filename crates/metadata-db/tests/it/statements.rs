//! Every statement that is written out whole in `src` is understood by its engines.

use std::{fs, path::Path};

use updraft_metadata_db::Engine;
use updraft_test_support::TestDatabase;

/// A statement and the engines it is for.
#[derive(Debug)]
struct Statement {
    place: String,
    sql: String,
    engines: Vec<Engine>,
}

/// String literals after `query(`, `postgres:` and `sqlite:`, and what `statement!` makes. Statements
/// that `format!` puts together are covered by their own tests only.
fn statements() -> Vec<Statement> {
    let mut found = Vec::new();
    visit(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    found
}

fn visit(folder: &Path, found: &mut Vec<Statement>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            scan(&path, &fs::read_to_string(&path).unwrap(), found);
        }
    }
}

fn scan(path: &Path, source: &str, found: &mut Vec<Statement>) {
    // Tests of the macro itself make no statements.
    let source = source.split("#[cfg(test)]").next().unwrap();
    let mut add = |at: usize, sql: String, engines: &[Engine]| {
        let verb = sql.split_whitespace().next().unwrap_or_default();
        if ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&verb) {
            let line = source[..at].lines().count();
            found.push(Statement {
                place: format!("{}:{line}", path.display()),
                sql,
                engines: engines.to_vec(),
            });
        }
    };
    for (marker, engines) in [
        ("query(", &[Engine::Sqlite, Engine::Postgres][..]),
        ("postgres:", &[Engine::Postgres]),
        ("sqlite:", &[Engine::Sqlite]),
    ] {
        for (at, _) in source.match_indices(marker) {
            if let Some(sql) = Text(&source[at + marker.len()..]).literal() {
                add(at, sql, engines);
            }
        }
    }
    for (at, marker) in source.match_indices("statement!(") {
        let parts = Text(&source[at + marker.len()..]).parts();
        let mut uses = vec![(at, Vec::new())];
        if parts.iter().any(Option::is_none) {
            let (_, name) = source[..at].rsplit_once("macro_rules! ").unwrap();
            let call = format!("{}!(", name.split_whitespace().next().unwrap());
            let calls = source.match_indices(&call);
            uses = calls
                .map(|(at, _)| (at, Text(&source[at + call.len()..]).parts()))
                .collect();
        }
        for (at, arguments) in &uses {
            for engine in [Engine::Sqlite, Engine::Postgres] {
                let parts = parts.iter().flat_map(|part| match part {
                    Some(_) => std::slice::from_ref(part),
                    None => arguments.as_slice(),
                });
                let sql = parts.flatten().map(|part| part.of(engine)).collect();
                add(*at, sql, &[engine]);
            }
        }
    }
}

/// A part of the macro `statement!`.
#[derive(Debug)]
struct Part {
    postgres: String,
    sqlite: String,
}

impl Part {
    fn of(&self, engine: Engine) -> &str {
        match engine {
            Engine::Postgres => &self.postgres,
            Engine::Sqlite => &self.sqlite,
        }
    }

    /// `columns` is a list of `name type`.
    fn rows(parameter: &str, columns: &str) -> Self {
        let columns: Vec<&str> = columns.split(',').map(str::trim).collect();
        let fields: Vec<String> = columns
            .iter()
            .map(|column| column.split_whitespace().next().unwrap())
            .map(|name| format!("value ->> '{name}' AS {name}"))
            .collect();
        Self {
            postgres: format!(
                "json_to_recordset({parameter}) AS v({})",
                columns.join(", ")
            ),
            sqlite: format!(
                "(SELECT {} FROM json_each({parameter})) AS v",
                fields.join(", ")
            ),
        }
    }
}

/// Source text from here on.
struct Text<'a>(&'a str);

impl Text<'_> {
    fn skip(&mut self, text: &str) -> bool {
        let start = self.0.trim_start();
        let rest = start.strip_prefix(text);
        self.0 = rest.unwrap_or(start);
        rest.is_some()
    }

    /// The next string, with Rust's escapes undone, if a string is next.
    fn literal(&mut self) -> Option<String> {
        if !self.skip("\"") {
            return None;
        }
        let mut text = String::new();
        let mut characters = self.0.chars();
        while let Some(character) = characters.next() {
            match character {
                '"' => break,
                '\\' => match characters.next() {
                    Some('\n') => characters = characters.as_str().trim_start().chars(),
                    Some('n') => text.push('\n'),
                    Some(escaped) => text.push(escaped),
                    None => break,
                },
                _ => text.push(character),
            }
        }
        self.0 = characters.as_str();
        Some(text)
    }

    /// The arguments of `statement!`; `None` for those of a macro around it.
    fn parts(&mut self) -> Vec<Option<Part>> {
        let mut parts = Vec::new();
        while !self.skip(")") {
            if self.skip("//") {
                self.0 = self.0.split_once('\n').map_or("", |(_, rest)| rest);
            } else if let Some(text) = self.literal() {
                parts.push(Some(Part {
                    postgres: text.clone(),
                    sqlite: text,
                }));
            } else if self.skip("$($condition)+") {
                parts.push(None);
            } else {
                parts.push(Some(self.braces()));
            }
        }
        parts
    }

    fn braces(&mut self) -> Part {
        assert!(self.skip("{"), "not an argument of statement!: {}", self.0);
        if self.skip("rows") {
            let parameter = self.literal().unwrap();
            let (columns, rest) = self.0.split_once('}').unwrap();
            self.0 = rest;
            return Part::rows(&parameter, columns);
        }
        assert!(self.skip("postgres"), "{}", self.0);
        let postgres = self.literal().unwrap();
        assert!(self.skip("sqlite"), "{}", self.0);
        let sqlite = self.literal().unwrap();
        assert!(self.skip("}"), "{}", self.0);
        Part { postgres, sqlite }
    }
}

#[tokio::test]
async fn sqlite_prepares_every_statement() {
    check(Engine::Sqlite, |sql| format!("EXPLAIN {sql}")).await;
}

#[tokio::test]
async fn postgres_prepares_every_statement() {
    check(Engine::Postgres, |sql| {
        format!("PREPARE checked AS {sql}; DEALLOCATE checked")
    })
    .await;
}

async fn check(engine: Engine, prepare: fn(&str) -> String) {
    let database = TestDatabase::new(engine).await;
    let mut refused = Vec::new();
    let statements = statements();
    for folder in ["scheduling", "supervision", "dag_processing", "cli_queries"] {
        let of_folder = |statement: &&Statement| statement.place.contains(folder);
        let count = statements.iter().filter(of_folder).count();
        assert!(count > 5, "{count} statements found in {folder}");
    }
    for statement in &statements {
        // Locks and functions of PostgreSQL's stand in statements that are for it alone.
        let only_postgres = ["FOR UPDATE", "pg_", "json_to_recordset", "current_schema"]
            .iter()
            .any(|word| statement.sql.contains(word));
        if !statement.engines.contains(&engine) || (only_postgres && engine == Engine::Sqlite) {
            continue;
        }
        // A refusal spoils a PostgreSQL transaction, so each statement has its own.
        let mut tx = database.db.begin().await.unwrap();
        if let Err(error) = tx.run_script(prepare(&statement.sql)).await {
            // A parameter whose type only its binding tells is not an error.
            let code = error
                .as_database_error()
                .and_then(sqlx::error::DatabaseError::code);
            if !matches!(code.as_deref(), Some("42P18" | "42P08")) {
                refused.push(format!("{}: {error}", statement.place));
            }
        }
        tx.rollback().await.unwrap();
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
