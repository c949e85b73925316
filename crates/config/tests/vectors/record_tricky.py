"""Writes tricky.json: what Airflow 2.10.5 reads from tricky.cfg and the variables below.

Run with a Python that has apache-airflow 2.10.5 and its Celery provider:
    AIRFLOW_HOME=$(mktemp -d) python record_tricky.py
"""

import json
import os
import pathlib

import airflow.configuration as configuration
from airflow.providers_manager import ProvidersManager

HERE = pathlib.Path(__file__).parent
ENVIRONMENT = {
    "AIRFLOW_HOME": "/opt/airflow",
    "HOME": "/home/someone",
    "PATH": "/usr/bin:/bin",
    "TRICKY": "$NESTED/t",
    "NESTED": "~/n",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__MAX_MAP_LENGTH": "",
    "AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT_CMD": "echo not sensitive",
    "AIRFLOW__SECRETS__BACKEND_KWARGS_CMD": 'echo {"a": 1}',
    "AIRFLOW__CORE__LOGGING_LEVEL": "DEBUG",
    "AIRFLOW__CORE__SQL_ENGINE_ENCODING": "latin-1",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_ENGINE_ARGS_SECRET": "some/path",
    "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH": "file:///$NESTED",
    "AIRFLOW__core__PARALLELISM": "99",
    "AIRFLOW__WEBSERVER__BASE_URL": "http://h:8080/100%",
    "AIRFLOW__MY_SECTION__MY_KEY": "own",
}
EXTRA = [
    ("core", "non_pooled_task_slot_count"),
    ("core", "dag_concurrency"),
    ("core", "sql_alchemy_conn"),
    ("core", "base_log_folder"),
    ("core", "root"),
    ("scheduler", "max_threads"),
    ("celery", "default_queue"),
    ("common.io", "xcom_objectstorage_path"),
    ("my_section", "my_key"),
    ("no_section", "no_key"),
    ("CORE", "Executor"),
]


def main():
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    configuration.AIRFLOW_HOME = "/opt/airflow"
    configuration.FERNET_KEY = ""
    configuration.SECRET_KEY = ""
    parser = configuration.AirflowConfigParser()
    celery = dict(ProvidersManager().provider_configs)["apache-airflow-providers-celery"]
    parser.configuration_description.update(celery)
    parser._default_values = configuration.create_default_config_parser(parser.configuration_description)
    parser.read(HERE / "tricky.cfg")
    names = [
        (section, key)
        for section, description in parser.configuration_description.items()
        for key in description["options"]
    ]
    rows = []
    for section, key in names + EXTRA:
        try:
            value = parser.get(section, key)
        except configuration.AirflowConfigException:
            value = None
        rows.append([section, key, value])
    with (HERE / "tricky.json").open("w") as file:
        file.write('{"environment": ')
        json.dump(ENVIRONMENT, file, indent=1)
        file.write(',\n"values": [\n')
        file.write(",\n".join(json.dumps(row) for row in rows))
        file.write("\n]}\n")


main()
