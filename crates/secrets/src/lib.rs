//! Fernet, secrets backends and the masking of secrets in logs
