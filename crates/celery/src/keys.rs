//! Names of keys and channels in Redis.

/// Separates a queue from its priority step, and the parts of a binding: kombu's option `sep`.
pub const SEPARATOR: &str = "\u{6}\u{16}";

/// kombu's priority steps: each has a list of its own. 0 is served first.
pub const DEFAULT_STEPS: [u8; 4] = [0, 3, 6, 9];

/// How a deployment names its keys (`[celery_broker_transport_options]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// `global_keyprefix`, before every key and every channel.
    pub prefix: String,
    /// `priority_steps`, ascending.
    pub steps: Vec<u8>,
    /// The number of the database, which names of channels contain.
    pub database: i64,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            steps: DEFAULT_STEPS.to_vec(),
            database: 0,
        }
    }
}

impl Keys {
    /// The list of `queue` for messages of `priority`, which is clamped to 0..=9.
    pub fn queue(&self, queue: &str, priority: u8) -> String {
        self.step(queue, self.step_of(priority))
    }

    /// The lists that a consumer of `queues` looks into, in the order in which it does: a step of all
    /// queues before the next step.
    pub fn lists(&self, queues: &[&str]) -> Vec<String> {
        let of_step = |step: &u8| {
            let step = *step;
            queues.iter().map(move |queue| self.step(queue, step))
        };
        self.steps.iter().flat_map(of_step).collect()
    }

    fn step_of(&self, priority: u8) -> u8 {
        let priority = priority.min(9);
        let step = self.steps.iter().rev().find(|step| **step <= priority);
        step.or(self.steps.first()).copied().unwrap_or(0)
    }

    fn step(&self, queue: &str, step: u8) -> String {
        // The first step has the queue's own name.
        if self.steps.first().is_none_or(|first| *first == step) {
            self.key(queue)
        } else {
            format!("{}{queue}{SEPARATOR}{step}", self.prefix)
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Hash: delivery tag to `[message, exchange, routing_key]` of what was taken and not acknowledged.
    pub fn unacked(&self) -> String {
        self.key("unacked")
    }

    /// Sorted set: delivery tag to the Unix time of its delivery.
    pub fn unacked_index(&self) -> String {
        self.key("unacked_index")
    }

    /// Lock of the pass that restores what was not acknowledged in time.
    pub fn unacked_mutex(&self) -> String {
        self.key("unacked_mutex")
    }

    /// Set of the bindings of an exchange.
    pub fn binding(&self, exchange: &str) -> String {
        self.key(&format!("_kombu.binding.{exchange}"))
    }

    /// The channel of a fanout exchange; without a routing key there is no part for it.
    pub fn channel(&self, exchange: &str, routing_key: &str) -> String {
        let Self {
            prefix, database, ..
        } = self;
        if routing_key.is_empty() {
            format!("{prefix}/{database}.{exchange}")
        } else {
            format!("{prefix}/{database}.{exchange}/{routing_key}")
        }
    }

    /// The pattern that subscribes to `binding_key` of a fanout exchange: `#` stands for anything.
    pub fn channel_pattern(&self, exchange: &str, binding_key: &str) -> String {
        self.channel(exchange, &binding_key.replace('#', "*"))
    }
}

/// A member of the set that [`Keys::binding`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub routing_key: String,
    pub pattern: String,
    pub queue: String,
}

impl Binding {
    /// Of a direct exchange, whose bindings have no pattern.
    pub fn direct(routing_key: &str, queue: &str) -> Self {
        Self {
            routing_key: routing_key.to_owned(),
            pattern: String::new(),
            queue: queue.to_owned(),
        }
    }

    /// `None` for what is no binding.
    pub fn read(member: &str) -> Option<Self> {
        let mut parts = member.split(SEPARATOR);
        let [routing_key, pattern, queue] = [parts.next()?, parts.next()?, parts.next()?];
        parts.next().is_none().then(|| Self {
            routing_key: routing_key.to_owned(),
            pattern: pattern.to_owned(),
            queue: queue.to_owned(),
        })
    }
}

impl std::fmt::Display for Binding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            routing_key,
            pattern,
            queue,
        } = self;
        write!(
            formatter,
            "{routing_key}{SEPARATOR}{pattern}{SEPARATOR}{queue}"
        )
    }
}

/// The key, and the channel, of a task's result. A prefix of the result backend gets an underscore.
pub fn result(prefix: Option<&str>, task_id: &str) -> String {
    match prefix.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{prefix}_celery-task-meta-{task_id}"),
        None => format!("celery-task-meta-{task_id}"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn prefixed() -> Keys {
        Keys {
            prefix: "pfx_".to_owned(),
            database: 9,
            ..Keys::default()
        }
    }

    #[rstest]
    #[case(0, "q")]
    #[case(2, "q")]
    #[case(3, "q\u{6}\u{16}3")]
    #[case(5, "q\u{6}\u{16}3")]
    #[case(8, "q\u{6}\u{16}6")]
    #[case(9, "q\u{6}\u{16}9")]
    #[case(255, "q\u{6}\u{16}9")]
    fn a_priority_goes_to_the_largest_step_below_it(#[case] priority: u8, #[case] list: &str) {
        assert_eq!(Keys::default().queue("q", priority), list);
    }

    #[test]
    fn a_step_of_all_queues_comes_before_the_next_step() {
        let lists = Keys {
            steps: vec![0, 5],
            ..Keys::default()
        }
        .lists(&["a", "b"]);
        assert_eq!(lists, ["a", "b", "a\u{6}\u{16}5", "b\u{6}\u{16}5"]);
    }

    #[test]
    fn names_with_a_prefix_are_those_that_were_recorded() {
        let keys = prefixed();
        assert_eq!(keys.queue("default", 0), "pfx_default");
        assert_eq!(keys.unacked(), "pfx_unacked");
        assert_eq!(keys.unacked_index(), "pfx_unacked_index");
        assert_eq!(keys.unacked_mutex(), "pfx_unacked_mutex");
        assert_eq!(keys.binding("default"), "pfx__kombu.binding.default");
        assert_eq!(
            keys.channel_pattern("celeryev", "worker.#"),
            "pfx_/9.celeryev/worker.*"
        );
        assert_eq!(result(Some("rp"), "1"), "rp_celery-task-meta-1");
        assert_eq!(result(None, "1"), "celery-task-meta-1");
    }

    #[test]
    fn a_channel_without_a_routing_key_has_no_part_for_it() {
        assert_eq!(
            Keys::default().channel("celery.pidbox", ""),
            "/0.celery.pidbox"
        );
    }

    #[rstest]
    #[case("default\u{6}\u{16}\u{6}\u{16}default", "default", "", "default")]
    #[case(
        "\u{6}\u{16}\u{6}\u{16}worker1@host1.celery.pidbox",
        "",
        "",
        "worker1@host1.celery.pidbox"
    )]
    #[case(
        "worker.#\u{6}\u{16}\u{6}\u{16}celeryev.1",
        "worker.#",
        "",
        "celeryev.1"
    )]
    fn bindings_are_read_and_written(
        #[case] member: &str,
        #[case] routing_key: &str,
        #[case] pattern: &str,
        #[case] queue: &str,
    ) {
        let binding = Binding::read(member).unwrap();
        assert_eq!(
            (
                binding.routing_key.as_str(),
                binding.pattern.as_str(),
                binding.queue.as_str()
            ),
            (routing_key, pattern, queue)
        );
        assert_eq!(binding.to_string(), member);
    }

    #[test]
    fn what_is_no_binding_is_none() {
        assert_eq!(Binding::read("default"), None);
        assert_eq!(Binding::read("a\u{6}\u{16}b\u{6}\u{16}c\u{6}\u{16}d"), None);
    }
}
