"""How the priority of a task instance follows from weights."""

from __future__ import annotations

from abc import ABC, abstractmethod

from airflow.exceptions import AirflowException
from airflow.utils.weight_rule import WeightRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PriorityWeightStrategy(ABC):
    """Computes the priority of a task instance. Own strategies are registered by a plugin."""

    @abstractmethod
    def get_weight(self, ti: Any) -> int:
        """The priority of this task instance."""

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> PriorityWeightStrategy:
        return cls(**data)

    def serialize(self) -> dict[str, Any]:
        return {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.serialize() == other.serialize()


def _with_relatives(ti: Any, upstream: bool) -> int:
    task = ti.task
    dag = task.get_dag()
    if dag is None:
        return task.priority_weight
    relatives = task.get_flat_relative_ids(upstream=upstream)
    return task.priority_weight + sum(dag.task_dict[task_id].priority_weight for task_id in relatives)


class _AbsolutePriorityWeightStrategy(PriorityWeightStrategy):
    """The task's own weight."""

    def get_weight(self, ti: Any) -> int:
        return ti.task.priority_weight


class _DownstreamPriorityWeightStrategy(PriorityWeightStrategy):
    """The task's weight and those of all that wait for it."""

    def get_weight(self, ti: Any) -> int:
        return _with_relatives(ti, upstream=False)


class _UpstreamPriorityWeightStrategy(PriorityWeightStrategy):
    """The task's weight and those of all that it waits for."""

    def get_weight(self, ti: Any) -> int:
        return _with_relatives(ti, upstream=True)


airflow_priority_weight_strategies: dict[str, type[PriorityWeightStrategy]] = {
    WeightRule.ABSOLUTE: _AbsolutePriorityWeightStrategy,
    WeightRule.DOWNSTREAM: _DownstreamPriorityWeightStrategy,
    WeightRule.UPSTREAM: _UpstreamPriorityWeightStrategy,
}
airflow_priority_weight_strategies_classes = {
    strategy: name for name, strategy in airflow_priority_weight_strategies.items()
}
# They have no state, so one of each is enough.
_INSTANCES = {name.value: strategy() for name, strategy in airflow_priority_weight_strategies.items()}


def validate_and_load_priority_weight_strategy(priority_weight_strategy: Any) -> PriorityWeightStrategy:
    """The strategy of this rule, class, import path or instance."""
    if isinstance(priority_weight_strategy, str):
        found = _INSTANCES.get(priority_weight_strategy)
        if found is not None:
            return found
        path = str(priority_weight_strategy)
    elif isinstance(priority_weight_strategy, PriorityWeightStrategy):
        if type(priority_weight_strategy) in airflow_priority_weight_strategies_classes:
            return priority_weight_strategy
        path = _path(type(priority_weight_strategy))
    elif isinstance(priority_weight_strategy, type):
        if priority_weight_strategy in airflow_priority_weight_strategies_classes:
            return priority_weight_strategy()
        path = _path(priority_weight_strategy)
    else:
        path = repr(priority_weight_strategy)
    return _from_plugin(path)


def _path(strategy: type) -> str:
    return f"{strategy.__module__}.{strategy.__qualname__}"


def _from_plugin(path: str) -> PriorityWeightStrategy:
    from airflow import plugins_manager

    plugins_manager.initialize_priority_weight_strategy_plugins()
    strategy = (plugins_manager.priority_weight_strategy_classes or {}).get(path)
    if strategy is None:
        known = ", ".join(repr(rule.value) for rule in WeightRule)
        raise AirflowException(
            f"unknown weight_rule {path!r}: it is one of {known}, or a PriorityWeightStrategy that a plugin registers"
        )
    return strategy()
