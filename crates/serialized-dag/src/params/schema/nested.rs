//! Schemas within schemas: for parts of a value, and for the same value again.

use serde_json::{Map, Value};
use updraft_core::python::repr;

use super::{Checker, MOST_REFERENCES, Refusal, Rule, refusal::Step, texts};

impl Checker<'_> {
    pub(super) fn nested_refusals(self, rule: Rule<'_>) -> Vec<Refusal> {
        match (rule.keyword, rule.asked, rule.value) {
            ("items", asked, Value::Array(items)) => self.items(rule, asked, items),
            ("prefixItems", Value::Array(schemas), Value::Array(items)) => (items
                .iter()
                .zip(schemas))
            .enumerate()
            .flat_map(|(index, (item, schema))| self.below(&Step::Index(index), item, schema))
            .collect(),
            ("contains", asked, Value::Array(items)) => {
                self.contains(rule, asked, items).into_iter().collect()
            }
            ("properties", Value::Object(schemas), Value::Object(fields)) => schemas
                .iter()
                .filter_map(|(name, schema)| Some((name, fields.get(name)?, schema)))
                .flat_map(|(name, value, schema)| self.field(name, value, schema))
                .collect(),
            ("patternProperties", Value::Object(schemas), Value::Object(fields)) => schemas
                .iter()
                .flat_map(|(pattern, schema)| {
                    fields.iter().map(move |field| (pattern, field, schema))
                })
                .filter(|(pattern, (name, _), _)| texts::matches(pattern, name))
                .flat_map(|(_, (name, value), schema)| self.field(name, value, schema))
                .collect(),
            ("additionalProperties", asked, Value::Object(fields)) => {
                self.additional_properties(rule, asked, fields)
            }
            ("propertyNames", asked, Value::Object(fields)) => fields
                .keys()
                .flat_map(|name| self.refusals(&Value::from(name.as_str()), asked))
                .collect(),
            ("dependentSchemas", Value::Object(schemas), Value::Object(fields)) => schemas
                .iter()
                .filter(|(name, _)| fields.contains_key(*name))
                .flat_map(|(_, schema)| self.refusals(rule.value, schema))
                .collect(),
            _ => self.refusals_of_the_whole(rule),
        }
    }

    fn refusals_of_the_whole(self, rule: Rule<'_>) -> Vec<Refusal> {
        let value = rule.value;
        match (rule.keyword, rule.asked) {
            ("allOf", Value::Array(schemas)) => schemas
                .iter()
                .flat_map(|schema| self.refusals(value, schema))
                .collect(),
            ("anyOf", Value::Array(schemas)) => self.any_of(rule, schemas).into_iter().collect(),
            ("oneOf", Value::Array(schemas)) => self.one_of(rule, schemas).into_iter().collect(),
            ("not", schema) if self.accepts(value, schema) => {
                let reason = format!("{} should not be valid under {}", repr(value), repr(schema));
                vec![Refusal::new(rule, reason)]
            }
            ("if", schema) => {
                let branch = if self.accepts(value, schema) {
                    "then"
                } else {
                    "else"
                };
                rule.schema
                    .get(branch)
                    .map_or_else(Vec::new, |schema| self.refusals(value, schema))
            }
            ("$ref", Value::String(reference)) => self.referenced(value, reference),
            _ => Vec::new(),
        }
    }

    fn below(self, step: &Step, value: &Value, schema: &Value) -> Vec<Refusal> {
        let refusals = self.refusals(value, schema).into_iter();
        refusals
            .map(|refusal| refusal.below(step.clone()))
            .collect()
    }

    fn field(self, name: &str, value: &Value, schema: &Value) -> Vec<Refusal> {
        self.below(&Step::Name(name.to_owned()), value, schema)
    }

    /// What comes after the items that `prefixItems` is about.
    fn items(self, rule: Rule<'_>, asked: &Value, items: &[Value]) -> Vec<Refusal> {
        let prefix = rule.schema.get("prefixItems").and_then(Value::as_array);
        let prefix = prefix.map_or(0, Vec::len);
        if asked == &Value::Bool(false) {
            let extra = items.len().saturating_sub(prefix);
            let reason = format!("Expected at most {prefix} items but found {extra} extra");
            return if extra > 0 {
                vec![Refusal::new(rule, reason)]
            } else {
                Vec::new()
            };
        }
        let rest = items.iter().enumerate().skip(prefix);
        rest.flat_map(|(index, item)| self.below(&Step::Index(index), item, asked))
            .collect()
    }

    fn contains(self, rule: Rule<'_>, asked: &Value, items: &[Value]) -> Option<Refusal> {
        let bound = |keyword: &str| rule.schema.get(keyword).and_then(Value::as_u64);
        let found = items
            .iter()
            .filter(|item| self.accepts(item, asked))
            .count();
        let found = u64::try_from(found).unwrap_or(u64::MAX);
        if let Some(most) = bound("maxContains").filter(|most| found > *most) {
            let reason = format!("Too many items match the given schema (expected at most {most})");
            return Some(Refusal::new(rule, reason).named("maxContains"));
        }
        let least = bound("minContains").unwrap_or(1);
        if found >= least {
            return None;
        }
        if found == 0 {
            let reason = format!(
                "{} does not contain items matching the given schema",
                repr(rule.value)
            );
            return Some(Refusal::new(rule, reason));
        }
        let reason = format!(
            "Too few items match the given schema (expected at least {least} but only {found} matched)"
        );
        Some(Refusal::new(rule, reason).named("minContains"))
    }

    fn additional_properties(
        self,
        rule: Rule<'_>,
        asked: &Value,
        fields: &Map<String, Value>,
    ) -> Vec<Refusal> {
        let schemas = |keyword: &str| rule.schema.get(keyword).and_then(Value::as_object);
        let (properties, patterns) = (schemas("properties"), schemas("patternProperties"));
        let is_additional = |name: &String| {
            !properties.is_some_and(|properties| properties.contains_key(name))
                && !patterns
                    .is_some_and(|patterns| patterns.keys().any(|one| texts::matches(one, name)))
        };
        let additional = fields.iter().filter(|(name, _)| is_additional(name));
        if asked != &Value::Bool(false) {
            return additional
                .flat_map(|(name, value)| self.field(name, value, asked))
                .collect();
        }
        let mut names: Vec<&str> = additional.map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let was = match names.as_slice() {
            [] => return Vec::new(),
            [_] => "was",
            _ => "were",
        };
        let names: Vec<String> = names
            .into_iter()
            .map(|name| repr(&Value::from(name)))
            .collect();
        let reason = format!(
            "Additional properties are not allowed ({} {was} unexpected)",
            names.join(", ")
        );
        vec![Refusal::new(rule, reason)]
    }

    fn any_of(self, rule: Rule<'_>, schemas: &[Value]) -> Option<Refusal> {
        let mut context = Vec::new();
        for schema in schemas {
            let refusals = self.refusals(rule.value, schema);
            if refusals.is_empty() {
                return None;
            }
            context.extend(refusals);
        }
        let reason = format!(
            "{} is not valid under any of the given schemas",
            repr(rule.value)
        );
        Some(Refusal::new(rule, reason).because_of(context))
    }

    fn one_of(self, rule: Rule<'_>, schemas: &[Value]) -> Option<Refusal> {
        let accepting: Vec<String> = schemas
            .iter()
            .filter(|schema| self.accepts(rule.value, schema))
            .map(repr)
            .collect();
        match accepting.len() {
            0 => self.any_of(rule, schemas),
            1 => None,
            _ => {
                let all = accepting.join(", ");
                let reason = format!("{} is valid under each of {all}", repr(rule.value));
                Some(Refusal::new(rule, reason))
            }
        }
    }

    /// References within the schema; others are left to the task.
    fn referenced(self, value: &Value, reference: &str) -> Vec<Refusal> {
        let found = reference
            .strip_prefix('#')
            .and_then(|pointer| self.root.pointer(pointer));
        let checker = Self {
            references: self.references + 1,
            ..self
        };
        match found {
            Some(schema) if self.references < MOST_REFERENCES => checker.refusals(value, schema),
            _ => Vec::new(),
        }
    }
}
