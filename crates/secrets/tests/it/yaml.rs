//! YAML, as `PyYAML` reads it.

use serde_json::Value;
use updraft_secrets::yaml::load;

#[derive(serde::Deserialize)]
struct Recorded {
    values: Vec<Read>,
    refused: Vec<Refused>,
}

#[derive(serde::Deserialize)]
struct Read {
    text: String,
    value: Value,
}

#[derive(serde::Deserialize)]
struct Refused {
    text: String,
    line: usize,
}

fn recorded() -> Recorded {
    serde_json::from_str(include_str!("../vectors/yaml.json")).unwrap()
}

#[test]
fn values_are_those_of_pyyaml() {
    let recorded = recorded();
    assert!(recorded.values.len() > 150);
    let differing: Vec<String> = recorded
        .values
        .into_iter()
        .filter_map(|read| {
            let found = load(&read.text);
            (found.as_ref() != Ok(&read.value))
                .then(|| format!("{:?}: {found:?} is not {:?}", read.text, read.value))
        })
        .collect();
    assert_eq!(differing, Vec::<String>::new());
}

/// Both name the line where they noticed it, which need not be the same one.
#[test]
fn what_pyyaml_refuses_is_refused_near_its_place() {
    for refused in recorded().refused {
        let error = load(&refused.text).unwrap_err();
        assert!(
            error.line.abs_diff(refused.line) <= 2 && !error.message.is_empty(),
            "{:?}: {error}, {}",
            refused.text,
            refused.line
        );
    }
}

#[test]
fn aliases_do_not_grow_without_an_end() {
    let list = |level: usize| match level.checked_sub(1) {
        Some(below) => vec![format!("*a{below}"); 10].join(", "),
        None => "x, x, x".to_owned(),
    };
    let lines: Vec<String> = (0..20)
        .map(|level| format!("a{level}: &a{level} [{}]\n", list(level)))
        .collect();
    let text = lines.concat();
    let error = load(&text).unwrap_err();
    assert_eq!(error.message, "aliases make the file too large");
    let error = load(&"- ".repeat(500)).unwrap_err();
    assert_eq!(error.message, "lists and maps are nested too deep");
    assert!(load(&"[".repeat(100_000)).is_err());
}

/// YAML 1.2 wants the further lines of a quoted text to be indented more than its key.
#[test]
fn what_only_pyyaml_takes_is_refused_with_its_line() {
    for text in ["a: 1\nb:\n  c: \"x\n  y\"\n", "a: 1\nb: \"x\ny\"\n"] {
        let error = load(text).unwrap_err();
        assert!((2..=4).contains(&error.line), "{text:?}: {error}");
        assert!(error.message.contains("quoted scalar"), "{error}");
    }
}
