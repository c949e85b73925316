//! Which datasets must have changed before a dataset-triggered run is due.

/// The condition tree of a dataset schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatasetCondition {
    /// The dataset with that URI has changed.
    Dataset(String),
    /// Any dataset of the alias has changed.
    Alias(String),
    All(Vec<DatasetCondition>),
    Any(Vec<DatasetCondition>),
}

impl DatasetCondition {
    /// Whether the condition is met. `changed` answers for a dataset's URI, `alias_changed` for
    /// any dataset behind an alias. As in Python, `all` of nothing holds and `any` of nothing
    /// does not.
    pub fn is_met(
        &self,
        changed: &impl Fn(&str) -> bool,
        alias_changed: &impl Fn(&str) -> bool,
    ) -> bool {
        match self {
            Self::Dataset(uri) => changed(uri),
            Self::Alias(name) => alias_changed(name),
            Self::All(parts) => parts.iter().all(|part| part.is_met(changed, alias_changed)),
            Self::Any(parts) => parts.iter().any(|part| part.is_met(changed, alias_changed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_and_any_nest() {
        let dataset = |uri: &str| DatasetCondition::Dataset(uri.to_owned());
        let condition = DatasetCondition::All(vec![
            dataset("a"),
            DatasetCondition::Any(vec![dataset("b"), DatasetCondition::Alias("c".to_owned())]),
        ]);
        let met = |changed: &[&str], aliases: &[&str]| {
            condition.is_met(&|uri| changed.contains(&uri), &|name| {
                aliases.contains(&name)
            })
        };
        assert!(!met(&["a"], &[]));
        assert!(met(&["a", "b"], &[]));
        assert!(met(&["a"], &["c"]));
        assert!(!met(&["b"], &["c"]));
    }
}
