-- What a try that died owes its DAG: its callbacks, e-mail and listeners, which its own process
-- cannot run any more. A row is written in the transaction that ends the try, and goes when a process
-- has run them. supervisor_id is empty, or names the supervisor that has taken it upon itself.
CREATE TABLE updraft_callback (
    id character varying(36) NOT NULL,
    dag_id character varying(250) NOT NULL,
    run_id character varying(250) NOT NULL,
    task_id character varying(250) NOT NULL,
    map_index integer DEFAULT -1 NOT NULL,
    try_number integer NOT NULL,
    kind character varying(20) NOT NULL,
    reason text NOT NULL,
    path character varying(2000) NOT NULL,
    dags_folder character varying(2000) NOT NULL,
    run_as_user character varying(256),
    supervisor_id character varying(36) DEFAULT '' NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    CONSTRAINT updraft_callback_pkey PRIMARY KEY (id)
);

-- The user that the try runs as, for its callbacks after the death of its supervisor.
ALTER TABLE updraft_task_try ADD COLUMN run_as_user character varying(256);
