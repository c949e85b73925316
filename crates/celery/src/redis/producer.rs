use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use redis::aio::ConnectionManager;

use super::{Address, Error};
use crate::{
    keys::{Binding, Keys},
    protocol::Call,
};

/// Sends calls of tasks.
pub struct Producer {
    connection: ConnectionManager,
    keys: Keys,
    /// Queues whose binding is known to be there.
    bound: Mutex<HashSet<String>>,
}

impl Producer {
    /// `keys.database` is that of the address.
    pub async fn connect(address: &Address, keys: Keys) -> Result<Self, Error> {
        Ok(Self {
            connection: address.connect().await?,
            keys: Keys {
                database: address.database(),
                ..keys
            },
            bound: Mutex::default(),
        })
    }

    /// Sends all of `calls` in one round trip, in their order.
    ///
    /// After an error some of them may have been sent: who sends them again must be able to tell two
    /// messages with one id apart from two tasks.
    pub async fn send(&self, calls: &[Call]) -> Result<(), Error> {
        let mut pipeline = redis::pipe();
        let queues: HashSet<&str> = calls.iter().map(|call| call.queue.as_str()).collect();
        let new: Vec<&str> = {
            let bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
            queues
                .into_iter()
                .filter(|queue| !bound.contains(*queue))
                .collect()
        };
        for queue in &new {
            // As kombu, which has a direct exchange of the same name for each queue.
            let member = Binding::direct(queue, queue).to_string();
            pipeline.sadd(self.keys.binding(queue), member).ignore();
        }
        for call in calls {
            let list = self.keys.queue(&call.queue, call.priority);
            pipeline.lpush(list, call.envelope()?.to_string()).ignore();
        }
        let mut connection = self.connection.clone();
        let () = pipeline
            .query_async(&mut connection)
            .await
            .map_err(Error::command("take the messages"))?;
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        bound.extend(new.into_iter().map(ToOwned::to_owned));
        Ok(())
    }

    /// How many messages wait in `queue`, over all priorities.
    pub async fn waiting(&self, queue: &str) -> Result<u64, Error> {
        let mut pipeline = redis::pipe();
        for list in self.keys.lists(&[queue]) {
            pipeline.llen(list);
        }
        let mut connection = self.connection.clone();
        let lengths: Vec<u64> = pipeline
            .query_async(&mut connection)
            .await
            .map_err(Error::command("tell the length of a queue"))?;
        Ok(lengths.into_iter().sum())
    }
}
