//! Values that are stored encrypted: `[core] fernet_key`.

use std::fmt;

/// What encrypts values before they are stored; without a key, they are stored as they are.
#[derive(Clone, Default)]
pub struct Fernet(Option<std::sync::Arc<fernet::MultiFernet>>);

/// A value as its column and the column's flag hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub text: String,
    pub is_encrypted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FernetError {
    #[error("key {position} of [core] fernet_key is not 32 bytes in URL-safe Base64")]
    Key { position: usize },
    #[error("the value is encrypted, and [core] fernet_key is empty")]
    NoKey,
    #[error("no key of [core] fernet_key decrypts the value")]
    Decrypt,
    #[error("the decrypted value is not UTF-8")]
    NotText,
}

impl Fernet {
    /// `keys` is comma-separated: the first encrypts, all decrypt. Empty text is no key.
    pub fn from_keys(keys: &str) -> Result<Self, FernetError> {
        if keys.is_empty() {
            return Ok(Self(None));
        }
        let keys = keys
            .split(',')
            .enumerate()
            .map(|(index, key)| {
                fernet::Fernet::new(key).ok_or(FernetError::Key {
                    position: index + 1,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self(Some(fernet::MultiFernet::new(keys).into())))
    }

    /// A new key, as the option holds it.
    pub fn generate_key() -> String {
        fernet::Fernet::generate_key()
    }

    pub fn has_key(&self) -> bool {
        self.0.is_some()
    }

    pub fn encrypt(&self, text: &str) -> Stored {
        match &self.0 {
            Some(fernet) => Stored {
                text: fernet.encrypt(text.as_bytes()),
                is_encrypted: true,
            },
            None => Stored {
                text: text.to_owned(),
                is_encrypted: false,
            },
        }
    }

    pub fn decrypt(&self, text: &str, is_encrypted: bool) -> Result<String, FernetError> {
        if !is_encrypted {
            return Ok(text.to_owned());
        }
        let fernet = self.0.as_ref().ok_or(FernetError::NoKey)?;
        let bytes = fernet.decrypt(text).map_err(|_| FernetError::Decrypt)?;
        String::from_utf8(bytes).map_err(|_| FernetError::NotText)
    }
}

impl fmt::Debug for Fernet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fernet")
            .field("has_key", &self.has_key())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

    #[test]
    fn a_value_comes_back() {
        let fernet = Fernet::from_keys(KEY).unwrap();
        let stored = fernet.encrypt("päss");
        assert!(stored.is_encrypted && stored.text.starts_with("gAAAA"));
        assert_eq!(fernet.decrypt(&stored.text, true).unwrap(), "päss");
    }

    #[test]
    fn without_a_key_values_stay_as_they_are() {
        let fernet = Fernet::from_keys("").unwrap();
        let stored = fernet.encrypt("x");
        assert_eq!((stored.text.as_str(), stored.is_encrypted), ("x", false));
        assert_eq!(fernet.decrypt("x", false).unwrap(), "x");
        assert_eq!(fernet.decrypt("gAAAA", true), Err(FernetError::NoKey));
    }

    #[test]
    fn a_bad_key_is_named_by_its_place_only() {
        let error = Fernet::from_keys(&format!("{KEY},short")).unwrap_err();
        assert_eq!(error, FernetError::Key { position: 2 });
        assert!(!error.to_string().contains("short"));
    }
}
