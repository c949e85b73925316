//! The file format of Python's `ConfigParser`, as Airflow sets it up.
//!
//! Option names keep their case; `#` and `;` begin a comment only as the first character of a line,
//! so a value may contain them; a line that is indented deeper than its option continues the value;
//! a section or an option given twice is an error.

use std::collections::{BTreeMap, btree_map::Entry};

/// One option of the file, before interpolation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawOption {
    pub text: String,
    /// Line of the option's name, from 1.
    pub line: usize,
}

pub(crate) type Options = BTreeMap<String, RawOption>;

#[derive(Clone, Debug, Default)]
pub(crate) struct IniFile {
    /// `[DEFAULT]`: values for the options that a section of the file does not have.
    pub defaults: Options,
    pub sections: BTreeMap<String, Options>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IniError {
    pub line: usize,
    pub message: String,
}

const DEFAULT_SECTION: &str = "DEFAULT";

impl IniFile {
    pub(crate) fn parse(text: &str) -> Result<Self, IniError> {
        let mut parser = Parser::default();
        for (index, line) in text.lines().enumerate() {
            parser.line(index + 1, line)?;
        }
        Ok(parser.finish())
    }

    /// The option of `section`, or the one of `[DEFAULT]` where the file has the section.
    pub(crate) fn get(&self, section: &str, key: &str) -> Option<&RawOption> {
        self.sections
            .get(section)
            .and_then(|options| options.get(key).or_else(|| self.defaults.get(key)))
    }
}

#[derive(Default)]
struct Parser {
    file: IniFile,
    section: Option<String>,
    option: Option<OpenOption>,
    /// Indentation of the last option or header; `None` after a comment or an empty section start.
    indent: Option<usize>,
}

struct OpenOption {
    key: String,
    line: usize,
    lines: Vec<String>,
}

impl Parser {
    fn line(&mut self, number: usize, line: &str) -> Result<(), IniError> {
        let value = line.trim();
        let is_comment = value.starts_with(['#', ';']);
        if value.is_empty() || is_comment {
            // An empty line may be part of a value of several lines; a comment never is.
            if let (false, Some(option)) = (is_comment, &mut self.option) {
                option.lines.push(String::new());
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if let (Some(option), Some(limit)) = (&mut self.option, self.indent)
            && indent > limit
        {
            option.lines.push(value.to_owned());
            return Ok(());
        }
        self.indent = Some(indent);
        if let Some(header) = section_header(value) {
            self.begin_section(number, header)
        } else {
            self.begin_option(number, value)
        }
    }

    fn begin_section(&mut self, line: usize, header: &str) -> Result<(), IniError> {
        self.end_option();
        if header != DEFAULT_SECTION {
            match self.file.sections.entry(header.to_owned()) {
                Entry::Occupied(_) => {
                    return Err(IniError {
                        line,
                        message: format!("the section [{header}] is there twice"),
                    });
                }
                Entry::Vacant(entry) => {
                    entry.insert(Options::new());
                }
            }
        }
        self.section = Some(header.to_owned());
        Ok(())
    }

    fn begin_option(&mut self, line: usize, value: &str) -> Result<(), IniError> {
        self.end_option();
        let Some(section) = self.section.clone() else {
            return Err(IniError {
                line,
                message: "an option before the first [section]".to_owned(),
            });
        };
        let Some((key, text)) = value
            .split_once(['=', ':'])
            .map(|(key, text)| (key.trim_end(), text.trim()))
            .filter(|(key, _)| !key.is_empty())
        else {
            return Err(IniError {
                line,
                message: format!("{value:?} is neither `option = value` nor a [section]"),
            });
        };
        if self.options(&section).contains_key(key) {
            return Err(IniError {
                line,
                message: format!("the option {key} is there twice in [{section}]"),
            });
        }
        self.option = Some(OpenOption {
            key: key.to_owned(),
            line,
            lines: vec![text.to_owned()],
        });
        Ok(())
    }

    fn end_option(&mut self) {
        let (Some(option), Some(section)) = (self.option.take(), self.section.clone()) else {
            return;
        };
        let text = option.lines.join("\n").trim_end().to_owned();
        let line = option.line;
        self.options(&section)
            .insert(option.key, RawOption { text, line });
    }

    fn options(&mut self, section: &str) -> &mut Options {
        if section == DEFAULT_SECTION {
            &mut self.file.defaults
        } else {
            self.file.sections.entry(section.to_owned()).or_default()
        }
    }

    fn finish(mut self) -> IniFile {
        self.end_option();
        self.file
    }
}

/// The name between the first `[` and the last `]`; what follows the bracket is ignored.
fn section_header(value: &str) -> Option<&str> {
    let (header, _) = value.strip_prefix('[')?.rsplit_once(']')?;
    (!header.is_empty()).then_some(header)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn get(text: &str, section: &str, key: &str) -> Option<String> {
        IniFile::parse(text)
            .unwrap()
            .get(section, key)
            .map(|option| option.text.clone())
    }

    #[rstest]
    #[case::plain("[core]\na = 1", "1")]
    #[case::colon("[core]\na: 1", "1")]
    #[case::colon_in_value("[core]\na = b:c=d", "b:c=d")]
    #[case::equals_in_value("[core]\na : b=c", "b=c")]
    #[case::hash_stays("[core]\na = 1 # one", "1 # one")]
    #[case::semicolon_stays("[core]\na = 1 ; one", "1 ; one")]
    #[case::comment_lines("[core]\n# a = 0\n; a = 0\n  # a = 0\na = 1", "1")]
    #[case::continued("[core]\na = 1\n  2\n\n  3\nb = 4", "1\n2\n\n3")]
    #[case::comment_inside_value("[core]\na = 1\n  # no\n  2", "1\n2")]
    #[case::value_on_next_line("[core]\na =\n  1", "\n1")]
    #[case::indented_option("[core]\n  a = 1", "1")]
    #[case::header_with_tail("[core] ; comment\na = 1", "1")]
    #[case::default_section("[DEFAULT]\na = 1\n[core]\nb = 2", "1")]
    #[case::own_over_default("[DEFAULT]\na = 1\n[core]\na = 2", "2")]
    #[case::empty("[core]\na =", "")]
    fn reads(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(get(text, "core", "a").as_deref(), Some(expected));
    }

    #[test]
    fn case_of_names_counts() {
        assert_eq!(get("[core]\nA = 1", "core", "a"), None);
        assert_eq!(get("[Core]\na = 1", "core", "a"), None);
    }

    #[rstest]
    #[case::twice("[core]\na = 1\na = 2", 3)]
    #[case::section_twice("[core]\n[core]", 2)]
    #[case::no_section("a = 1", 1)]
    #[case::no_equals("[core]\nhello", 2)]
    #[case::no_name("[core]\n= 1", 2)]
    fn refuses(#[case] text: &str, #[case] line: usize) {
        assert_eq!(IniFile::parse(text).unwrap_err().line, line);
    }
}
