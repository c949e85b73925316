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

/// String literals after `query(`, `postgres:` and `sqlite:`. Statements that macros or `format!`
/// put together are covered by their own tests only.
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
    for (marker, engines) in [
        ("query(", vec![Engine::Sqlite, Engine::Postgres]),
        ("postgres:", vec![Engine::Postgres]),
        ("sqlite:", vec![Engine::Sqlite]),
    ] {
        for (at, _) in source.match_indices(marker) {
            let Some(literal) = source[at + marker.len()..].trim_start().strip_prefix('"') else {
                continue;
            };
            let sql = literal_text(literal);
            let verb = sql.split_whitespace().next().unwrap_or_default();
            if ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&verb) {
                let line = source[..at].lines().count();
                found.push(Statement {
                    place: format!("{}:{line}", path.display()),
                    sql,
                    engines: engines.clone(),
                });
            }
        }
    }
}

/// The text up to the closing quote, with Rust's escapes undone.
fn literal_text(literal: &str) -> String {
    let mut text = String::new();
    let mut characters = literal.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => match characters.next() {
                Some('\n') => {
                    let rest = characters.as_str().trim_start();
                    characters = rest.chars();
                }
                Some('n') => text.push('\n'),
                Some(escaped) => text.push(escaped),
                None => break,
            },
            _ => text.push(character),
        }
    }
    text
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
    assert!(
        statements.len() > 20,
        "{} statements found",
        statements.len()
    );
    for statement in &statements {
        // Locks and functions of PostgreSQL's stand in statements that are for it alone.
        let only_postgres = ["FOR UPDATE", "pg_", "json_to_recordset"]
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
            if code.as_deref() != Some("42P18") {
                refused.push(format!("{}: {error}", statement.place));
            }
        }
        tx.rollback().await.unwrap();
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
