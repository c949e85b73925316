//! The ids that Airflow derives from paths.

use md5::Md5;
use sha1::{Digest, Sha1};

/// `dag_code.fileloc_hash` and `serialized_dag.fileloc_hash`: the last eight bytes of the SHA-1 of
/// the path, big-endian, without the lowest byte.
pub fn fileloc_hash(fileloc: &str) -> i64 {
    let digest = Sha1::digest(fileloc.as_bytes());
    let tail = digest
        .iter()
        .skip(digest.len() - 8)
        .take(7)
        .fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    // Seven bytes: 56 bits always fit.
    i64::try_from(tail).unwrap_or(i64::MAX)
}

/// `dag_priority_parsing_request.id`, and the form of `dag_hash`: lower-case hexadecimal MD5.
pub fn md5_hex(text: &str) -> String {
    use std::fmt::Write as _;
    Md5::digest(text.as_bytes())
        .iter()
        .fold(String::with_capacity(32), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/opt/airflow/dags/bash_basic.py", 60_905_863_918_906_297)]
    #[case("/opt/airflow/dags/x.zip/y.py", 22_865_358_165_052_749)]
    fn fileloc_hashes(#[case] fileloc: &str, #[case] expected: i64) {
        assert_eq!(fileloc_hash(fileloc), expected);
    }

    #[test]
    fn priority_parsing_request_id() {
        assert_eq!(
            md5_hex("/opt/airflow/dags/bash_basic.py"),
            "a224e8aeb57f3d764803996fac8b3839"
        );
    }
}
