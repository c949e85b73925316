//! Serialized DAGs as the DAG processor stores them.

use serde_json::{Value, json};

/// A DAG to be stored.
pub(crate) struct TestDag {
    pub(crate) dag_id: String,
    pub(crate) fields: Value,
    tasks: Vec<(String, Value)>,
    pub(crate) is_paused: bool,
    pub(crate) is_compressed: bool,
}

impl TestDag {
    /// Without a schedule, from 2024-01-01 on.
    pub(crate) fn new(dag_id: &str) -> Self {
        Self {
            dag_id: dag_id.to_owned(),
            fields: json!({
                "fileloc": format!("/dags/{dag_id}.py"),
                "_dag_id": dag_id,
                "start_date": 1_704_067_200.0,
                "timezone": "UTC",
                "timetable": {
                    "__type": "airflow.timetables.simple.NullTimetable", "__var": {},
                },
                "edge_info": {},
                "params": [],
                "dag_dependencies": [],
                "_processor_dags_folder": "/dags",
                "catchup": false,
            }),
            tasks: Vec::new(),
            is_paused: false,
            is_compressed: false,
        }
    }

    pub(crate) fn daily(dag_id: &str) -> Self {
        let mut dag = Self::new(dag_id);
        if let Value::Object(fields) = &mut dag.fields {
            fields.remove("timetable");
        }
        dag.set("schedule_interval", json!("@daily"))
    }

    pub(crate) fn set(mut self, field: &str, value: Value) -> Self {
        self.fields[field] = value;
        self
    }

    /// A task that a worker runs.
    pub(crate) fn task(self, task_id: &str) -> Self {
        self.task_with(task_id, json!({}))
    }

    pub(crate) fn task_with(mut self, task_id: &str, fields: Value) -> Self {
        let mut task = json!({
            "task_id": task_id,
            "_task_type": "BashOperator",
            "_task_module": "airflow.operators.bash",
            "_is_empty": false,
            "_needs_expansion": false,
            "is_setup": false,
            "is_teardown": false,
            "on_failure_fail_dagrun": false,
            "pool": "default_pool",
            "weight_rule": "downstream",
            "start_from_trigger": false,
            "downstream_task_ids": [],
            "template_fields": [],
        });
        if let (Value::Object(task), Value::Object(fields)) = (&mut task, fields) {
            task.extend(fields);
        }
        self.tasks.push((task_id.to_owned(), task));
        self
    }

    /// An `EmptyOperator`.
    pub(crate) fn empty(self, task_id: &str) -> Self {
        self.task_with(
            task_id,
            json!({"_task_type": "EmptyOperator", "_is_empty": true}),
        )
    }

    pub(crate) fn edge(mut self, upstream: &str, downstream: &str) -> Self {
        for (task_id, task) in &mut self.tasks {
            if task_id == upstream
                && let Value::Array(ids) = &mut task["downstream_task_ids"]
            {
                ids.push(json!(downstream));
            }
        }
        self
    }

    /// Tasks one after the other.
    pub(crate) fn chain(mut self, task_ids: &[&str]) -> Self {
        for task_id in task_ids {
            self = self.task(task_id);
        }
        for pair in task_ids.windows(2) {
            self = self.edge(pair[0], pair[1]);
        }
        self
    }

    pub(crate) fn paused(mut self) -> Self {
        self.is_paused = true;
        self
    }

    pub(crate) fn compressed(mut self) -> Self {
        self.is_compressed = true;
        self
    }

    /// The text of `serialized_dag.data`.
    pub(crate) fn json(&self) -> String {
        let mut dag = self.fields.clone();
        dag["tasks"] = self
            .tasks
            .iter()
            .map(|(_, task)| json!({"__var": task, "__type": "operator"}))
            .collect();
        let children: serde_json::Map<String, Value> = self
            .tasks
            .iter()
            .map(|(task_id, _)| (task_id.clone(), json!(["operator", task_id])))
            .collect();
        dag["_task_group"] = json!({
            "_group_id": null,
            "prefix_group_id": true,
            "children": children,
            "tooltip": "",
            "upstream_group_ids": [],
            "downstream_group_ids": [],
            "upstream_task_ids": [],
            "downstream_task_ids": [],
        });
        json!({"__version": 1, "dag": dag}).to_string()
    }
}
