-- One row per running supervisor: its lease. A supervisor is identified by its process
-- (hostname, boot_id, pid, pid_start_time), so that a reused pid or a rebooted host is noticed.
CREATE TABLE updraft_supervisor (
    id VARCHAR(36) NOT NULL,
    hostname VARCHAR(1000) NOT NULL,
    boot_id VARCHAR(36) NOT NULL,
    pid INTEGER NOT NULL,
    pid_start_time BIGINT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    heartbeat TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    CONSTRAINT updraft_supervisor_pkey PRIMARY KEY (id)
);
CREATE INDEX updraft_supervisor_hostname ON updraft_supervisor (hostname);

-- One row per process that was started for a try. A try may have several: a rescheduled sensor or
-- a deferred task goes on under the same try_number with another tag.
CREATE TABLE updraft_task_try (
    tag VARCHAR(36) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    run_id VARCHAR(250) NOT NULL,
    task_id VARCHAR(250) NOT NULL,
    map_index INTEGER DEFAULT -1 NOT NULL,
    try_number INTEGER NOT NULL,
    job_id INTEGER,
    supervisor_id VARCHAR(36) NOT NULL,
    state VARCHAR(20) NOT NULL,
    outcome VARCHAR(20),
    claimed_at TIMESTAMP NOT NULL,
    begun_at TIMESTAMP,
    ended_at TIMESTAMP,
    pid INTEGER,
    exit_code INTEGER,
    signal INTEGER,
    cpu_seconds FLOAT,
    peak_rss_bytes BIGINT,
    lost_count INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT updraft_task_try_pkey PRIMARY KEY (tag)
);
CREATE INDEX updraft_task_try_task_instance ON updraft_task_try (dag_id, run_id, task_id, map_index, try_number);
CREATE INDEX updraft_task_try_live ON updraft_task_try (supervisor_id) WHERE ended_at IS NULL;
CREATE INDEX updraft_task_try_ended_at ON updraft_task_try (ended_at);
