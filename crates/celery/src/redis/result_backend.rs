use std::time::Duration;

use redis::{Script, aio::ConnectionManager};

use super::{Address, Error};
use crate::{keys, protocol::TaskResult};

/// Celery's `result_expires`.
const EXPIRES: Duration = Duration::from_hours(24);

/// Stores and publishes, unless the stored status is SUCCESS. Celery looks first and writes then, so that
/// two writers can meet; a script cannot be interrupted.
const STORE: &str = r"
local stored = redis.call('GET', KEYS[1])
if stored then
    local readable, value = pcall(cjson.decode, stored)
    if readable and type(value) == 'table' and value.status == 'SUCCESS' then
        return 0
    end
end
redis.call('SETEX', KEYS[1], ARGV[2], ARGV[1])
redis.call('PUBLISH', KEYS[1], ARGV[1])
return 1
";

/// Results of tasks, where Celery looks for them.
pub struct ResultBackend {
    connection: ConnectionManager,
    prefix: Option<String>,
    store: Script,
}

/// What is stored for a task.
#[derive(Debug)]
pub enum Stored {
    /// Nothing, or no longer: Celery calls it PENDING.
    Nothing,
    Result(Box<TaskResult>),
    Unreadable(serde_json::Error),
}

impl ResultBackend {
    /// `prefix` is `global_keyprefix` of the result backend's own transport options.
    pub async fn connect(address: &Address, prefix: Option<String>) -> Result<Self, Error> {
        Ok(Self {
            connection: address.connect().await?,
            prefix,
            store: Script::new(STORE),
        })
    }

    /// Stores the result of `task_id` and tells who listens. False: it has succeeded already.
    pub async fn store(&self, task_id: &str, result: &TaskResult) -> Result<bool, Error> {
        let text = serde_json::to_string(result).map_err(Error::Result)?;
        let mut connection = self.connection.clone();
        self.store
            .key(keys::result(self.prefix.as_deref(), task_id))
            .arg(text)
            .arg(EXPIRES.as_secs())
            .invoke_async(&mut connection)
            .await
            .map_err(Error::command("store a result"))
    }

    /// What is stored for each of `task_ids`, in their order: one round trip.
    pub async fn read(&self, task_ids: &[&str]) -> Result<Vec<Stored>, Error> {
        if task_ids.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<String> = task_ids
            .iter()
            .map(|id| keys::result(self.prefix.as_deref(), id))
            .collect();
        let mut connection = self.connection.clone();
        let texts: Vec<Option<String>> = redis::cmd("MGET")
            .arg(names)
            .query_async(&mut connection)
            .await
            .map_err(Error::command("read results"))?;
        Ok(texts.into_iter().map(Stored::of).collect())
    }
}

impl Stored {
    fn of(text: Option<String>) -> Self {
        match text.map(|text| serde_json::from_str(&text)) {
            None => Self::Nothing,
            Some(Ok(result)) => Self::Result(Box::new(result)),
            Some(Err(error)) => Self::Unreadable(error),
        }
    }
}
