-- The process of each SchedulerJob, so that its death on the same host needs no time-out. A
-- process is identified by (hostname, boot_id, pid, pid_start_time): pids are reused.
CREATE TABLE updraft_scheduler (
    job_id INTEGER NOT NULL,
    hostname VARCHAR(1000) NOT NULL,
    boot_id VARCHAR(36) NOT NULL,
    pid INTEGER NOT NULL,
    pid_start_time BIGINT NOT NULL,
    CONSTRAINT updraft_scheduler_pkey PRIMARY KEY (job_id)
);
CREATE INDEX updraft_scheduler_hostname ON updraft_scheduler (hostname);
