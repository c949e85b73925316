-- One row per running supervisor: its lease. A supervisor is identified by its process
-- (hostname, boot_id, pid, pid_start_time), so that a reused pid or a rebooted host is noticed.
CREATE TABLE updraft_supervisor (
    id character varying(36) NOT NULL,
    hostname character varying(1000) NOT NULL,
    boot_id character varying(36) NOT NULL,
    pid integer NOT NULL,
    pid_start_time bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    heartbeat timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT updraft_supervisor_pkey PRIMARY KEY (id)
);
CREATE INDEX updraft_supervisor_hostname ON updraft_supervisor (hostname);

-- One row per process that was started for a try. A try may have several: a rescheduled sensor or
-- a deferred task goes on under the same try_number with another tag.
CREATE TABLE updraft_task_try (
    tag character varying(36) NOT NULL,
    dag_id character varying(250) NOT NULL,
    run_id character varying(250) NOT NULL,
    task_id character varying(250) NOT NULL,
    map_index integer DEFAULT -1 NOT NULL,
    try_number integer NOT NULL,
    job_id integer,
    supervisor_id character varying(36) NOT NULL,
    state character varying(20) NOT NULL,
    outcome character varying(20),
    claimed_at timestamp with time zone NOT NULL,
    begun_at timestamp with time zone,
    ended_at timestamp with time zone,
    pid integer,
    exit_code integer,
    signal integer,
    cpu_seconds double precision,
    peak_rss_bytes bigint,
    lost_count integer DEFAULT 0 NOT NULL,
    CONSTRAINT updraft_task_try_pkey PRIMARY KEY (tag)
);
CREATE INDEX updraft_task_try_task_instance ON updraft_task_try (dag_id, run_id, task_id, map_index, try_number);
CREATE INDEX updraft_task_try_live ON updraft_task_try (supervisor_id) WHERE ended_at IS NULL;
CREATE INDEX updraft_task_try_ended_at ON updraft_task_try (ended_at);
