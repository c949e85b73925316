//! What travels: messages, results, events, remote control.

mod call;
mod control;
mod envelope;
mod event;
mod malformed;
mod repr;
mod result;
mod task;

pub use call::Call;
pub use control::{REPLIES, REQUESTS, Reply, ReplyTo, Request};
pub use envelope::{Envelope, Properties};
pub use event::{EXCHANGE as EVENTS, Event, Fields, TASK_MULTI, channel_key};
pub use malformed::Malformed;
pub use repr::{python_repr, shortened};
pub use result::{Failure, Status, TaskResult};
pub use task::Task;
