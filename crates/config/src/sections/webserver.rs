//! `[webserver]`, as far as other components read it.

use super::{
    Secret,
    parse::{secret, text},
    section,
};

section! {
    /// `[webserver]`
    Webserver, "webserver" {
        /// Address under which users reach the web server; part of the links in e-mails.
        base_url: String = text,
        /// Signs cookies and the requests for task logs; Airflow draws a new one at each start where
        /// it is not set.
        secret_key: Secret = secret,
        /// `default_view` of DAGs that set none.
        dag_default_view: String = text,
        /// `orientation` of DAGs that set none.
        dag_orientation: String = text,
    }
}
