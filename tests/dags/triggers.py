"""A DAG whose tasks trigger runs of another, one of them twice."""

from datetime import datetime

from airflow import DAG
from airflow.models.param import Param
from airflow.operators.empty import EmptyOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator

START = datetime(2024, 1, 1)

with DAG("controller", schedule="@once", start_date=START):
    trigger = TriggerDagRunOperator(
        task_id="trigger",
        trigger_dag_id="target",
        trigger_run_id="made",
        execution_date="2024-05-01T00:00:00+00:00",
        conf={"rows": [1, None]},
        wait_for_completion=True,
        poke_interval=0.05,
    )
    unknown = TriggerDagRunOperator(task_id="unknown", trigger_dag_id="no_such_dag")
    refused = TriggerDagRunOperator(task_id="refused", trigger_dag_id="target", conf={"number": "x"})
    again = TriggerDagRunOperator(task_id="again", trigger_dag_id="target", trigger_run_id="made")
    trigger >> again
    reset = TriggerDagRunOperator(
        task_id="reset",
        trigger_dag_id="target",
        trigger_run_id="other",
        execution_date="2024-05-01T00:00:00+00:00",
        reset_dag_run=True,
        wait_for_completion=True,
        poke_interval=0.05,
        trigger_rule="all_done",
    )
    again >> reset

with DAG("target", schedule=None, start_date=START, params={"number": Param(5, type="integer")}):
    EmptyOperator(task_id="only")
