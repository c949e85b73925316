-- What a try that died owes its DAG: its callbacks, e-mail and listeners, which its own process
-- cannot run any more. A row is written in the transaction that ends the try, and goes when a process
-- has run them. supervisor_id is empty, or names the supervisor that has taken it upon itself.
CREATE TABLE updraft_callback (
    id VARCHAR(36) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    run_id VARCHAR(250) NOT NULL,
    task_id VARCHAR(250) NOT NULL,
    map_index INTEGER DEFAULT -1 NOT NULL,
    try_number INTEGER NOT NULL,
    kind VARCHAR(20) NOT NULL,
    reason TEXT NOT NULL,
    path VARCHAR(2000) NOT NULL,
    dags_folder VARCHAR(2000) NOT NULL,
    run_as_user VARCHAR(256),
    supervisor_id VARCHAR(36) DEFAULT '' NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMP NOT NULL,
    due_at TIMESTAMP NOT NULL,
    CONSTRAINT updraft_callback_pkey PRIMARY KEY (id)
);

-- The user that the try runs as, for its callbacks after the death of its supervisor.
ALTER TABLE updraft_task_try ADD COLUMN run_as_user VARCHAR(256);
