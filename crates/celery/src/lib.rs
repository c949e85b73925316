//! Celery's message protocol 2 over kombu's Redis transport, as Celery 5.4 and kombu 5.4 speak it.
//!
//! What is here so far: the language (messages, results, events, remote control), the names of keys and
//! channels, and the producer's side, which sends calls and reads results. Nothing consumes yet.
//!
//! ```
//! use serde_json::json;
//! use updraft_celery::protocol::{Call, Envelope};
//!
//! let call = Call::new("proj.add", vec![json!(1), json!(2)], "default", "gen1@host", uuid::Uuid::nil);
//! let text = call.envelope()?.to_string();
//! // A worker reads it again.
//! let task = Envelope::read(&text)?.task()?;
//! assert_eq!((task.name.as_str(), task.args), ("proj.add", vec![json!(1), json!(2)]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Invariant:** nothing that a peer can send makes a reader panic; each fault has a name.
//!
//! **Invariant:** the crate knows nothing of DAGs, of Airflow's database or of what a task does.

pub mod keys;
pub mod protocol;
pub mod redis;
