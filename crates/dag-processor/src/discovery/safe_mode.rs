//! The guess, from a file's bytes alone, whether it defines DAGs.

/// `[core] dag_discovery_safe_mode` and `might_contain_dag_callable`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SafeMode {
    /// Every Python file is parsed.
    Off,
    /// Files that contain both "dag" and "airflow", in any case.
    #[default]
    Words,
    /// A callable of the user's decides, in Python while the file is parsed: all files are listed.
    Python,
}

impl SafeMode {
    pub(crate) fn may_contain_dag(self, content: &[u8]) -> bool {
        match self {
            Self::Off | Self::Python => true,
            Self::Words => contains_word(content, b"dag") && contains_word(content, b"airflow"),
        }
    }
}

fn contains_word(content: &[u8], word: &[u8]) -> bool {
    content
        .windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word))
}
