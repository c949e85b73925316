//! `%(name)s` and `%%` in the values of the file, as Python's `BasicInterpolation` reads them.

use super::ini::IniFile;

const MAX_DEPTH: usize = 10;

/// The value of `text`, an option of `section`, or a message that says what is wrong with it.
pub(crate) fn interpolate(file: &IniFile, section: &str, text: &str) -> Result<String, String> {
    let mut value = String::with_capacity(text.len());
    append(file, section, text, 1, &mut value)?;
    Ok(value)
}

fn append(
    file: &IniFile,
    section: &str,
    text: &str,
    depth: usize,
    value: &mut String,
) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!(
            "`%(name)s` is nested deeper than {MAX_DEPTH} levels"
        ));
    }
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        value.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            value.push('%');
            rest = after;
        } else if let Some(after) = after.strip_prefix('(') {
            let Some((name, tail)) = after
                .split_once(')')
                .and_then(|(name, tail)| Some((name, tail.strip_prefix('s')?)))
                .filter(|(name, _)| !name.is_empty())
            else {
                return Err("`%(` must be followed by a name and `)s`".to_owned());
            };
            let Some(option) = file.get(section, name) else {
                return Err(format!("`%({name})s` names an option that is not there"));
            };
            append(file, section, &option.text, depth + 1, value)?;
            rest = tail;
        } else {
            return Err("a `%` must be written as `%%`".to_owned());
        }
    }
    value.push_str(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const FILE: &str = "[DEFAULT]\nroot = /d\n[core]\nhome = %(root)s/home\na = %(a)s\n\
                        [other]\nx = 1";

    #[rstest]
    #[case("100%%", Ok("100%"))]
    #[case("%(home)s/x%(root)s", Ok("/d/home/x/d"))]
    #[case("%%(home)s", Ok("%(home)s"))]
    #[case("%%%%", Ok("%%"))]
    #[case("50%", Err(()))]
    #[case("%d", Err(()))]
    #[case("%(home)", Err(()))]
    #[case("%()s", Err(()))]
    #[case("%(x)s", Err(()))]
    #[case("%(a)s", Err(()))]
    fn interpolates(#[case] text: &str, #[case] expected: Result<&str, ()>) {
        let file = IniFile::parse(FILE).unwrap();
        let value = interpolate(&file, "core", text).map_err(|_| ());
        assert_eq!(value.as_deref(), expected.as_ref().map(|text| *text));
    }
}
