INSERT INTO dag (
    dag_id, is_paused, is_subdag, is_active, last_parsed_time, fileloc, owners, dag_display_name, description,
    default_view, schedule_interval, timetable_description, max_active_tasks, max_active_runs,
    max_consecutive_failed_dag_runs, has_task_concurrency_limits, has_import_errors, next_dagrun,
    next_dagrun_data_interval_start, next_dagrun_data_interval_end, next_dagrun_create_after)
VALUES
    ('alpha', FALSE, FALSE, TRUE, '2024-03-01 00:00:01.000000', '/dags/alpha.py', 'airflow', NULL, 'First',
     'grid', '"@daily"', 'At 00:00', 16, 16, 0, FALSE, FALSE, '2024-03-01 00:00:00.000000',
     '2024-03-01 00:00:00.000000', '2024-03-02 00:00:00.000000', '2024-03-02 00:00:00.000000'),
    ('beta', TRUE, FALSE, TRUE, NULL, '/dags/other/beta.py', 'ann,bob', 'The beta', NULL,
     'grid', '{"type": "timedelta", "attrs": {"days": 1, "seconds": 0, "microseconds": 0}}', '', 16, NULL, 0, TRUE, TRUE,
     NULL, NULL, NULL, NULL),
    ('gone', FALSE, FALSE, FALSE, NULL, '/dags/gone.py', '', NULL, NULL, 'grid', 'null', '', 16, 16, 0, FALSE, FALSE,
     NULL, NULL, NULL, NULL);

INSERT INTO dag_tag (name, dag_id) VALUES ('b', 'alpha'), ('a', 'alpha');

INSERT INTO serialized_dag (dag_id, fileloc, fileloc_hash, data, last_updated, dag_hash)
VALUES ('alpha', '/dags/alpha.py', 1, '{"__version": 1, "dag": {
    "_dag_id": "alpha", "fileloc": "/dags/alpha.py", "timezone": "UTC", "start_date": 1704067200.0, "catchup": false,
    "timetable": {"__type": "airflow.timetables.interval.CronDataIntervalTimetable",
        "__var": {"timezone": "UTC", "expression": "0 0 * * *"}},
    "tasks": [
        {"__type": "operator", "__var": {"task_id": "first", "_task_type": "BashOperator",
            "_task_module": "airflow.operators.bash", "downstream_task_ids": ["third", "second"]}},
        {"__type": "operator", "__var": {"task_id": "second", "_task_type": "EmptyOperator", "_is_empty": true,
            "_task_module": "airflow.operators.empty", "downstream_task_ids": []}},
        {"__type": "operator", "__var": {"task_id": "third", "_task_type": "BashOperator",
            "_task_module": "airflow.operators.bash", "downstream_task_ids": []}}
    ]}}', '2024-03-01 00:00:01.000000', '0123456789abcdef0123456789abcdef');

INSERT INTO dag_run (
    dag_id, run_id, run_type, state, queued_at, execution_date, data_interval_start, data_interval_end, start_date,
    end_date, external_trigger, log_template_id, updated_at, clear_number)
VALUES
    ('alpha', 'run1', 'manual', 'running', '2024-02-01 00:00:00.000000', '2024-02-01 00:00:00.000000',
     '2024-01-31 00:00:00.000000', '2024-02-01 00:00:00.000000', '2024-02-01 00:00:05.000000', NULL, TRUE, 1,
     '2024-02-01 00:00:00.000000', 0),
    ('alpha', 'scheduled__2024-02-28T00:00:00+00:00', 'scheduled', 'success', '2024-02-29 00:00:00.000000',
     '2024-02-28 00:00:00.000000', '2024-02-28 00:00:00.000000', '2024-02-29 00:00:00.000000',
     '2024-02-29 00:00:00.250000', '2024-02-29 00:01:00.000000', FALSE, 1, '2024-02-29 00:01:00.000000', 0),
    ('alpha', 'backfill__2024-02-02T00:00:00+00:00', 'backfill', 'failed', '2024-02-29 00:00:00.000000',
     '2024-02-02 00:00:00.000000', NULL, NULL, NULL, NULL, TRUE, 1, '2024-02-29 00:01:00.000000', 0);

INSERT INTO task_instance (
    dag_id, run_id, task_id, map_index, state, start_date, end_date, try_number, max_tries, hostname, pool, pool_slots)
VALUES
    ('alpha', 'run1', 'third', -1, NULL, NULL, NULL, 0, 0, '', 'default_pool', 1),
    ('alpha', 'run1', 'second', -1, 'running', '2024-02-01 00:00:07.000000', NULL, 1, 0, 'h', 'default_pool', 1),
    ('alpha', 'run1', 'first', -1, 'success', '2024-02-01 00:00:06.500000', '2024-02-01 00:00:06.750000', 1, 0, 'h',
     'default_pool', 1),
    ('alpha', 'scheduled__2024-02-28T00:00:00+00:00', 'first', 1, 'success', '2024-02-29 00:00:02.000000',
     '2024-02-29 00:00:03.000000', 1, 0, 'h', 'default_pool', 1),
    ('alpha', 'scheduled__2024-02-28T00:00:00+00:00', 'first', 0, 'failed', '2024-02-29 00:00:01.000000',
     '2024-02-29 00:00:03.000000', 1, 0, 'h', 'default_pool', 1),
    ('alpha', 'scheduled__2024-02-28T00:00:00+00:00', 'second', -1, 'upstream_failed', NULL, NULL, 0, 0, '',
     'default_pool', 1)
