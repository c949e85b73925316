//! The zone of dates that name none.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context as _;
use jiff::tz::TimeZone;

/// What `[core] default_timezone` names; `system` is the machine's zone.
pub(crate) fn of_option(
    name: &str,
    environment: &BTreeMap<String, String>,
) -> anyhow::Result<TimeZone> {
    match name {
        "utc" | "UTC" => Ok(TimeZone::UTC),
        "system" => system(environment.get("TZ"), Path::new("/etc/localtime")),
        name => TimeZone::get(name)
            .with_context(|| format!("[core] default_timezone: {name:?} is not a time zone")),
    }
}

/// As the C library has it: `TZ`, else the file; without both it is UTC.
fn system(tz: Option<&String>, localtime: &Path) -> anyhow::Result<TimeZone> {
    if let Some(tz) = tz {
        let name = tz.strip_prefix(':').unwrap_or(tz);
        if name.is_empty() {
            return Ok(TimeZone::UTC);
        }
        if name.starts_with('/') {
            return from_file(Path::new(name));
        }
        return TimeZone::get(name)
            .or_else(|_| TimeZone::posix(name))
            .with_context(|| format!("TZ: {tz:?} is not a time zone"));
    }
    if localtime.exists() {
        from_file(localtime)
    } else {
        Ok(TimeZone::UTC)
    }
}

/// By the name that the path ends with behind `zoneinfo/`, else by the file's content.
fn from_file(path: &Path) -> anyhow::Result<TimeZone> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let named = target
        .to_str()
        .and_then(|target| target.split_once("/zoneinfo/"))
        .and_then(|(_, name)| TimeZone::get(name).ok());
    if let Some(zone) = named {
        return Ok(zone);
    }
    let data = std::fs::read(path)
        .with_context(|| format!("the time zone {} cannot be read", path.display()))?;
    TimeZone::tzif("Local", &data)
        .with_context(|| format!("{} is not the file of a time zone", path.display()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn offset(zone: &TimeZone) -> i32 {
        let summer = "2024-07-01T00:00:00Z".parse().unwrap();
        zone.to_offset(summer).seconds() / 3600
    }

    #[rstest]
    #[case("Europe/Berlin", 2)]
    #[case(":America/New_York", -4)]
    #[case("EST5EDT,M3.2.0,M11.1.0", -4)]
    #[case("", 0)]
    fn the_variable_goes_first(#[case] tz: &str, #[case] expected: i32) {
        let folder = tempfile::tempdir().unwrap();
        let localtime = folder.path().join("localtime");
        std::os::unix::fs::symlink("/x/zoneinfo/Asia/Tokyo", &localtime).unwrap();
        let zone = system(Some(&tz.to_owned()), &localtime).unwrap();
        assert_eq!(offset(&zone), expected);
    }

    #[test]
    fn the_file_names_the_zone() {
        let folder = tempfile::tempdir().unwrap();
        let localtime = folder.path().join("localtime");
        let zones = folder.path().join("zoneinfo/Asia");
        std::fs::create_dir_all(&zones).unwrap();
        std::fs::write(zones.join("Tokyo"), "").unwrap();
        assert_eq!(offset(&system(None, &localtime).unwrap()), 0);
        std::os::unix::fs::symlink(zones.join("Tokyo"), &localtime).unwrap();
        assert_eq!(offset(&system(None, &localtime).unwrap()), 9);
    }

    #[test]
    fn nonsense_is_named() {
        let environment = BTreeMap::from([("TZ".to_owned(), "Nowhere/City".to_owned())]);
        assert!(of_option("system", &environment).is_err());
        assert!(of_option("Nowhere/City", &environment).is_err());
    }
}
