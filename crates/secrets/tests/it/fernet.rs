//! Tokens made by Python's cryptography.

use serde::Deserialize;
use updraft_secrets::{Fernet, FernetError};

#[derive(Deserialize)]
struct Row {
    keys: String,
    text: String,
    token: String,
}

fn rows() -> Vec<Row> {
    serde_json::from_str(include_str!("../vectors/fernet.json")).unwrap()
}

#[test]
fn tokens_of_python_are_read_with_any_key_of_the_list() {
    let all = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=,\
               dmVyeSBzZWNyZXQga2V5IG9mIGV4YWN0bHkgMzIgYnk=";
    for row in rows() {
        for keys in [row.keys.as_str(), all] {
            let fernet = Fernet::from_keys(keys).unwrap();
            assert_eq!(fernet.decrypt(&row.token, true).unwrap(), row.text);
        }
    }
}

#[test]
fn a_token_of_another_key_or_a_changed_one_is_refused() {
    let row = rows().swap_remove(0);
    let other = Fernet::from_keys("dmVyeSBzZWNyZXQga2V5IG9mIGV4YWN0bHkgMzIgYnk=").unwrap();
    assert_eq!(other.decrypt(&row.token, true), Err(FernetError::Decrypt));
    let own = Fernet::from_keys(&row.keys).unwrap();
    let changed = row.token.replace('=', "A");
    assert_eq!(own.decrypt(&changed, true), Err(FernetError::Decrypt));
}
