//! A DAG as a drawing, in the language of Graphviz.

mod definition;
mod dot;
mod edges;
mod quote;

use definition::Definition;

/// The text that `dot` draws, of a DAG's stored form. It is that of stock's `dags show`.
pub(crate) fn dot(stored: &str) -> serde_json::Result<String> {
    let definition = Definition::read(stored)?;
    let edges = edges::edges(&definition);
    Ok(dot::text(&definition, &edges))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::Value;

    #[derive(Deserialize)]
    struct Golden {
        dag_id: String,
        stored: Value,
    }

    /// The recordings of the bundled API's serializer.
    fn golden() -> Vec<Golden> {
        const FILES: [&str; 2] = [
            include_str!("../../../../python/tests_bundled/golden/examples.jsonl"),
            include_str!("../../../../python/tests_bundled/golden/samples.jsonl"),
        ];
        FILES
            .iter()
            .flat_map(|file| file.lines())
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn drawn_as_by_airflow() {
        let recorded: BTreeMap<String, String> =
            serde_json::from_str(include_str!("../../tests/vectors/graphs.json")).unwrap();
        let mut drawn = 0;
        for dag in golden() {
            if let Some(expected) = recorded.get(&dag.dag_id) {
                let text = super::dot(&dag.stored.to_string()).unwrap();
                assert_eq!(&text, expected, "{}", dag.dag_id);
                drawn += 1;
            }
        }
        assert!(drawn > 90, "{drawn}");
    }
}
