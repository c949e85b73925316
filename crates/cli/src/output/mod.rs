//! `-o table|json|yaml|plain`: rows in the forms in which Airflow prints them.

mod json;
mod plain;
mod table;
mod value;
mod yaml;
mod yaml_style;

pub(crate) use table::without_header as table_without_header;
pub(crate) use value::{Record, Value, record};
pub(crate) use yaml::document as yaml_document;

/// The form of a command's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OutputFormat {
    #[default]
    Table,
    Json,
    Yaml,
    Plain,
}

/// `-o`, for the commands that print rows.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// Form of the output
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    pub output: OutputFormat,
}

impl OutputFormat {
    /// The text for `rows`; a table is at most `width` columns wide.
    pub(crate) fn render(self, rows: &[Record], width: usize) -> String {
        match self {
            Self::Table => table::render(rows, width),
            Self::Json => json::render(rows),
            Self::Yaml => yaml::render(rows),
            Self::Plain => plain::render(rows),
        }
    }
}

/// Whether a table of the row is at most `width` columns wide with nothing wrapped.
pub(crate) fn fits(row: &Record, width: usize) -> bool {
    table::natural_width(std::slice::from_ref(row)) <= width
}

/// A row for each column.
pub(crate) fn by_property(row: Record) -> Vec<Record> {
    row.into_iter()
        .map(|(name, value)| record([("property_name", name.into()), ("property_value", value)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Recorded {
        data: Vec<serde_json::Map<String, Json>>,
        table: String,
        json: String,
        yaml: String,
        plain: String,
    }

    #[test]
    fn a_wide_row_becomes_many() {
        let row = record([("dag_id", "etl".into()), ("run_id", "manual__2024".into())]);
        // Both as wide as their longest cell, with space around the line between them.
        assert!(fits(&row, 21) && !fits(&row, 20));
        let table = OutputFormat::Table.render(&by_property(row), 80);
        assert!(
            table.contains("\nrun_id        | manual__2024  \n"),
            "{table}"
        );
    }

    #[test]
    fn looks_as_in_airflow() {
        let recorded: Vec<Recorded> =
            serde_json::from_str(include_str!("../../tests/vectors/output.json")).unwrap();
        assert!(recorded.len() > 10);
        for record in recorded {
            let rows: Vec<Record> = record
                .data
                .iter()
                .map(|row| {
                    row.iter()
                        .map(|(key, item)| (key.clone(), item.clone().into()))
                        .collect()
                })
                .collect();
            for (form, expected) in [
                (OutputFormat::Table, record.table),
                (OutputFormat::Json, record.json),
                (OutputFormat::Yaml, record.yaml),
                (OutputFormat::Plain, record.plain),
            ] {
                let printed = form.render(&rows, 200);
                assert_eq!(printed, expected, "{form:?} of {:?}", record.data);
            }
        }
    }
}
