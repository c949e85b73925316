"""Mapped tasks: which arguments each instance has."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow import DAG
from airflow.decorators import task, task_group
from airflow.models.expandinput import NotFullyPopulated
from airflow.operators.bash import BashOperator


def context(map_index, **values):
    def pull(task_ids, map_indexes=None, key="return_value", default=None, **_):
        return values.get(task_ids, default)

    ti = SimpleNamespace(
        map_index=map_index, dag_id="d", xcom_pull=pull, get_relevant_upstream_map_indexes=lambda *_, **__: None
    )
    return {"ti": ti, "run_id": "r", "expanded_ti_count": None}


@pytest.fixture
def dag():
    with DAG("d", schedule=None) as dag:
        yield dag


def test_each_combination_is_one_instance(dag):
    mapped = BashOperator.partial(task_id="t", retries=3).expand(bash_command=["a", "b"], env={"k": 1, "l": 2})
    assert mapped.get_parse_time_mapped_ti_count() == 4
    found = [mapped.unmap((context(index), None)) for index in range(4)]
    assert [(item.bash_command, item.env) for item in found] == [
        *(("a", ("k", 1)), ("a", ("l", 2))),
        *(("b", ("k", 1)), ("b", ("l", 2))),
    ]
    assert {(type(item), item.task_id, item.retries) for item in found} == {(BashOperator, "t", 3)}
    assert dag.task_ids == ["t"]


def test_results_of_other_tasks(dag):
    first = BashOperator(task_id="first", bash_command="")
    second = BashOperator(task_id="second", bash_command="")
    mapped = BashOperator.partial(task_id="t").expand(
        bash_command=first.output.map(str.upper).zip(second.output, fillvalue="-").concat(second.output)
    )
    with pytest.raises(NotFullyPopulated):
        mapped.get_parse_time_mapped_ti_count()
    results = {"first": ["a", "b"], "second": [1]}
    found = [mapped.unmap((context(index, **results), None)).bash_command for index in range(3)]
    assert found == [("A", 1), ("B", "-"), 1]


def test_dicts_of_arguments(dag):
    first = BashOperator(task_id="first", bash_command="")
    mapped = BashOperator.partial(task_id="t").expand_kwargs([{"bash_command": "a"}, first.output])
    assert mapped.unmap((context(0), None)).bash_command == "a"
    assert mapped.unmap((context(1, first={"bash_command": "b"}), None)).bash_command == "b"
    with pytest.raises(ValueError, match="takes a list of dicts"):
        mapped.unmap((context(1, first="text"), None))


def test_an_argument_twice_fails_the_instance(dag):
    first = BashOperator(task_id="first", bash_command="")
    mapped = BashOperator.partial(task_id="t", bash_command="x").expand_kwargs(first.output)
    with pytest.raises(TypeError, match="bash_command"):
        mapped.unmap((context(0, first=[{"bash_command": "b"}]), None))


def test_functions(dag):
    @task
    def add(x, y): ...

    mapped = add.partial(y=5).expand(x=[1, 2]).operator
    operator = mapped.unmap((context(1), None))
    assert (operator.op_kwargs, operator.python_callable) == ({"x": 2, "y": 5}, add.function)


def test_groups(dag):
    seen = []

    @task_group
    def group(x):
        seen.append(x)
        BashOperator(task_id="t", bash_command=x)

    group.expand(x=["a", "b"])
    assert seen[0].resolve(context(1)) == "b"
    assert dag.task_dict["group.t"].get_parse_time_mapped_ti_count() == 2


def test_an_empty_result_has_no_instance(dag):
    mapped = BashOperator.partial(task_id="t").expand(bash_command=[])
    assert mapped.get_parse_time_mapped_ti_count() == 0
    with pytest.raises(RuntimeError, match="is empty"):
        mapped.unmap((context(0), None))
    with pytest.raises(RuntimeError, match="not expanded"):
        mapped.unmap((context(-1), None))
