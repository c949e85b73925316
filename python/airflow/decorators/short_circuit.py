"""`@task.short_circuit`: a function that says whether the tasks after it run."""

from __future__ import annotations

from airflow.decorators.python import _PythonDecoratedOperator, python_decorator
from airflow.operators.python import ShortCircuitOperator


class _ShortCircuitDecoratedOperator(_PythonDecoratedOperator, ShortCircuitOperator):
    """Runs the function and skips the rest where its result is false."""

    template_fields = ShortCircuitOperator.template_fields
    custom_operator_name = "@task.short_circuit"


short_circuit_task = python_decorator(_ShortCircuitDecoratedOperator)
