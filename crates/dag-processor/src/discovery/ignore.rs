//! `.airflowignore` files.

use std::path::{Path, PathBuf};

use regex::Regex;

use super::glob::{self, GlobPattern};

/// `[core] dag_ignore_file_syntax`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IgnoreSyntax {
    /// Expressions searched for in the path below the DAG folder.
    #[default]
    Regexp,
    /// Patterns of the `.gitignore` language.
    Glob,
}

/// The rules that hold in one folder: its own after those of the folders above.
#[derive(Clone, Debug, Default)]
pub(super) struct IgnoreRules(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    /// The line as it stands in the file.
    line: String,
    matcher: Matcher,
}

#[derive(Clone, Debug)]
enum Matcher {
    Regexp(Regex),
    Glob {
        pattern: GlobPattern,
        /// Folder of the ignore file, for a pattern that names a path. Others match names.
        anchor: Option<PathBuf>,
    },
}

impl IgnoreRules {
    /// Adds the lines of `text`, an ignore file in `folder`. Returns a warning for each bad line.
    pub(super) fn extend(
        &mut self,
        text: &str,
        folder: &Path,
        syntax: IgnoreSyntax,
    ) -> Vec<String> {
        let mut warnings = Vec::new();
        for line in text.replace("\r\n", "\n").split(['\n', '\r']) {
            let line = without_comment(line);
            if line.is_empty() {
                continue;
            }
            match compile(line, folder, syntax) {
                Ok(Some(matcher)) => self.add(line, matcher),
                Ok(None) => {}
                Err(error) => warnings.push(format!(
                    "ignoring the pattern {line:?} of {}: {error}",
                    folder.join(super::listing::IGNORE_FILE).display()
                )),
            }
        }
        warnings
    }

    /// A repeated rule counts where it stood first.
    fn add(&mut self, line: &str, matcher: Matcher) {
        let anchor_of = |matcher: &Matcher| match matcher {
            Matcher::Regexp(_) => None,
            Matcher::Glob { anchor, .. } => anchor.clone(),
        };
        let anchor = anchor_of(&matcher);
        let known = self
            .0
            .iter()
            .any(|rule| rule.line == line && anchor_of(&rule.matcher) == anchor);
        if !known {
            self.0.push(Rule {
                line: line.to_owned(),
                matcher,
            });
        }
    }

    /// Whether `path` is to be left out. Expressions: any match. Globs: the last match decides.
    pub(super) fn ignores(&self, path: &Path, dag_folder: &Path, is_folder: bool) -> bool {
        let mut ignored = false;
        for rule in &self.0 {
            match &rule.matcher {
                Matcher::Regexp(regex) => {
                    let relative = path.strip_prefix(dag_folder).unwrap_or(path);
                    if regex.is_match(&relative.to_string_lossy()) {
                        return true;
                    }
                }
                Matcher::Glob { pattern, anchor } => {
                    let mut relative = match anchor {
                        Some(anchor) => path.strip_prefix(anchor).unwrap_or(path).to_string_lossy(),
                        None => path.file_name().unwrap_or_default().to_string_lossy(),
                    }
                    .into_owned();
                    if is_folder && rule.line.ends_with('/') {
                        relative.push('/');
                    }
                    if pattern.regex.is_match(&relative) {
                        ignored = pattern.ignores;
                    }
                }
            }
        }
        ignored
    }
}

fn compile(line: &str, folder: &Path, syntax: IgnoreSyntax) -> Result<Option<Matcher>, String> {
    match syntax {
        IgnoreSyntax::Regexp => Regex::new(line)
            .map(|regex| Some(Matcher::Regexp(regex)))
            .map_err(|error| error.to_string()),
        IgnoreSyntax::Glob => {
            let names_a_path = line.starts_with('/') || line.trim_end_matches('/').contains('/');
            let pattern = glob::translate(line).map_err(|error| error.to_string())?;
            Ok(pattern.map(|pattern| Matcher::Glob {
                pattern,
                anchor: names_a_path.then(|| folder.to_owned()),
            }))
        }
    }
}

/// The line up to a `#` and the white space in front of it.
fn without_comment(line: &str) -> &str {
    match line.find('#') {
        Some(position) => line[..position].trim_end(),
        None => line,
    }
}
