//! `[email]`.

use super::{
    parse::{boolean, text},
    section,
};

section! {
    /// `[email]`
    Email, "email" {
        email_backend: String = text,
        email_conn_id: String = text,
        /// `email_on_retry` of tasks that set none.
        default_email_on_retry: bool = boolean,
        /// `email_on_failure` of tasks that set none.
        default_email_on_failure: bool = boolean,
    }
}
