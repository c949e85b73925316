INSERT INTO dag_run (
    dag_id, run_id, run_type, state, queued_at, execution_date, data_interval_start, data_interval_end, start_date,
    end_date, external_trigger, log_template_id, updated_at, clear_number, last_scheduling_decision)
VALUES
    ('chain', 'r1', 'manual', 'failed', '2024-02-01 00:00:00.000000', '2024-02-01 00:00:00.000000', '2024-02-01 00:00:00.000000',
     '2024-02-01 00:00:00.000000', '2024-02-01 00:00:05.000000', '2024-02-01 00:01:05.000000', TRUE, 1, '2024-02-01 00:00:00.000000', 0,
     '2024-02-01 00:00:09.000000'),
    ('chain', 'r2', 'manual', 'running', '2024-02-02 00:00:00.000000', '2024-02-02 00:00:00.000000', '2024-02-02 00:00:00.000000',
     '2024-02-02 00:00:00.000000', '2024-02-02 00:00:05.000000', NULL, TRUE, 1, '2024-02-02 00:00:00.000000', 1, '2024-02-02 00:00:09.000000'),
    ('chain', 'r3', 'manual', 'success', '2024-02-03 00:00:00.000000', '2024-02-03 00:00:00.000000', '2024-02-03 00:00:00.000000',
     '2024-02-03 00:00:00.000000', '2024-02-03 00:00:05.000000', '2024-02-03 00:01:05.000000', TRUE, 1, '2024-02-03 00:00:00.000000', 0,
     '2024-02-03 00:00:09.000000');

INSERT INTO job (id, dag_id, state, job_type, start_date, latest_heartbeat, hostname, unixname)
VALUES (1001, 'chain', 'running', 'LocalTaskJob', '2024-02-02 00:00:05.000000', '2024-02-02 00:00:06.000000', 'h', 'u');

INSERT INTO task_instance (
    dag_id, run_id, task_id, map_index, state, start_date, end_date, duration, try_number, max_tries, hostname,
    unixname, job_id, pool, pool_slots, queue, priority_weight, operator, external_executor_id, next_method,
    executor_config)
VALUES
    ('chain', 'r1', 'a', -1, 'success', '2024-02-01 00:00:06.000000', '2024-02-01 00:00:07.000000', 1, 1, 0, 'h', 'u', 7,
     'default_pool', 1, 'default', 1, 'BashOperator', 'x', NULL, NULL),
    ('chain', 'r1', 'b', -1, 'failed', '2024-02-01 00:00:07.000000', '2024-02-01 00:00:08.000000', 1, 3, 2, 'h', 'u', 8,
     'old_pool', 2, 'old', 9, 'OldOperator', 'y', 'resume', NULL),
    ('chain', 'r1', 'c', -1, 'upstream_failed', NULL, NULL, NULL, 0, 1, '', 'u', NULL,
     'default_pool', 1, 'default', 1, 'EmptyOperator', NULL, NULL, NULL),
    ('chain', 'r1', 'gone', -1, 'failed', NULL, NULL, NULL, 4, 1, '', 'u', NULL,
     'default_pool', 1, 'default', 1, 'EmptyOperator', NULL, NULL, NULL),
    ('chain', 'r2', 'a', -1, 'running', '2024-02-02 00:00:06.000000', NULL, NULL, 1, 0, 'h', 'u', 1001,
     'default_pool', 1, 'default', 1, 'BashOperator', 'z', NULL, NULL),
    ('chain', 'r2', 'b', -1, 'up_for_reschedule', '2024-02-02 00:00:06.000000', NULL, NULL, 1, 2, 'h', 'u', NULL,
     'default_pool', 1, 'default', 1, 'BashOperator', NULL, NULL, NULL),
    ('chain', 'r2', 'c', -1, NULL, NULL, NULL, NULL, 0, 1, '', 'u', NULL,
     'default_pool', 1, 'default', 1, 'EmptyOperator', NULL, NULL, NULL),
    ('chain', 'r3', 'a', -1, 'success', '2024-02-03 00:00:06.000000', '2024-02-03 00:00:07.000000', 1, 1, 0, 'h', 'u', 9,
     'default_pool', 1, 'default', 1, 'BashOperator', NULL, NULL, NULL),
    ('chain', 'r3', 'b', -1, 'skipped', '2024-02-03 00:00:06.000000', '2024-02-03 00:00:07.000000', 1, 1, 2, 'h', 'u', 10,
     'default_pool', 1, 'default', 1, 'BashOperator', NULL, NULL, NULL),
    ('chain', 'r3', 'c', -1, 'success', '2024-02-03 00:00:08.000000', '2024-02-03 00:00:09.000000', 1, 1, 1, 'h', 'u', 11,
     'default_pool', 1, 'default', 1, 'EmptyOperator', NULL, NULL, NULL);

INSERT INTO task_reschedule (
    dag_id, run_id, task_id, map_index, try_number, start_date, end_date, duration, reschedule_date)
VALUES
    ('chain', 'r2', 'b', -1, 1, '2024-02-02 00:00:06.000000', '2024-02-02 00:00:07.000000', 1, '2024-02-02 00:01:00.000000'),
    ('chain', 'r2', 'b', -1, 0, '2024-02-02 00:00:06.000000', '2024-02-02 00:00:07.000000', 1, '2024-02-02 00:01:00.000000')
