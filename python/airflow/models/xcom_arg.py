"""Results of tasks as arguments of other tasks."""

from __future__ import annotations

from airflow.exceptions import AirflowException, XComNotFound
from airflow.models.abstractoperator import AbstractOperator
from airflow.models.taskmixin import DependencyMixin
from airflow.utils.mixins import ResolveMixin
from airflow.utils.trigger_rule import TriggerRule
from airflow.utils.types import NOTSET, ArgNotSet
from airflow.utils.xcom import XCOM_RETURN_KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from airflow.models._xcom_arg_views import ConcatXComArg, MapXComArg, ZipXComArg


def __getattr__(name: str) -> Any:
    if name in _VIEWS:
        from airflow.models import _xcom_arg_views

        return getattr(_xcom_arg_views, name)
    from airflow import _absent

    raise AttributeError(_absent.explain_attribute(__name__, name))


_VIEWS = frozenset({"MapXComArg", "ZipXComArg", "ConcatXComArg", "_MapResult", "_ZipResult", "_ConcatResult"})


class XComArg(ResolveMixin, DependencyMixin):
    """The result of a task that has not run yet.

    `XComArg(operator)` is what `operator.output` gives; `XComArg(operator, key="…")` is another XCom of it.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> XComArg:
        if cls is XComArg:
            return PlainXComArg(*args, **kwargs)
        return super().__new__(cls)

    @staticmethod
    def iter_xcom_references(arg: Any) -> Iterator[tuple[Any, str]]:
        """The (operator, key) pairs that an argument needs, at any depth of collections."""
        if isinstance(arg, ResolveMixin):
            yield from arg.iter_references()
        elif isinstance(arg, (tuple, set, list)):
            for item in arg:
                yield from XComArg.iter_xcom_references(item)
        elif isinstance(arg, dict):
            for item in arg.values():
                yield from XComArg.iter_xcom_references(item)
        elif isinstance(arg, AbstractOperator):
            for field in arg.template_fields:
                yield from XComArg.iter_xcom_references(getattr(arg, field))

    @staticmethod
    def apply_upstream_relationship(op: Any, arg: Any) -> None:
        """Puts the task after those that the argument needs."""
        for operator, _ in XComArg.iter_xcom_references(arg):
            op.set_upstream(operator)

    @property
    def roots(self) -> list[Any]:
        return [operator for operator, _ in self.iter_references()]

    @property
    def leaves(self) -> list[Any]:
        return [operator for operator, _ in self.iter_references()]

    def set_upstream(self, task_or_task_list: Any, edge_modifier: Any = None) -> None:
        for operator, _ in self.iter_references():
            operator.set_upstream(task_or_task_list, edge_modifier)

    def set_downstream(self, task_or_task_list: Any, edge_modifier: Any = None) -> None:
        for operator, _ in self.iter_references():
            operator.set_downstream(task_or_task_list, edge_modifier)

    def _serialize(self) -> dict[str, Any]:
        raise NotImplementedError

    def map(self, f: Callable[[Any], Any]) -> MapXComArg:
        """The result with the function applied to each of its items."""
        from airflow.models._xcom_arg_views import MapXComArg

        return MapXComArg(self, [f])

    def zip(self, *others: XComArg, fillvalue: Any = NOTSET) -> ZipXComArg:
        """Tuples of the items of several results; with a fillvalue as many as the longest has."""
        from airflow.models._xcom_arg_views import ZipXComArg

        return ZipXComArg([self, *others], fillvalue=fillvalue)

    def concat(self, *others: XComArg) -> ConcatXComArg:
        """The items of several results, one after another."""
        from airflow.models._xcom_arg_views import ConcatXComArg

        return ConcatXComArg([self, *others])

    def get_task_map_length(self, run_id: str, *, session: Any = None) -> int | None:
        """How many items there are in this run; None where that is not known yet."""
        raise NotImplementedError

    def resolve(self, context: Any, session: Any = None, *, include_xcom: bool = True) -> Any:
        raise NotImplementedError

    def __enter__(self) -> Any:
        return self.operator.__enter__()  # type: ignore[attr-defined]

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        self.operator.__exit__(exc_type, exc_val, exc_tb)  # type: ignore[attr-defined]


class PlainXComArg(XComArg):
    """One XCom of one task."""

    def __init__(self, operator: Any, key: str = XCOM_RETURN_KEY) -> None:
        self.operator = operator
        self.key = key

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PlainXComArg):
            return NotImplemented
        return self.operator == other.operator and self.key == other.key

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, item: str) -> XComArg:
        """The entry of a result that is a dict, of a task with multiple_outputs."""
        if not isinstance(item, str):
            raise ValueError(
                f"the result of {self.operator.task_id!r} is not known yet, so it takes only the key of an XCom, "
                f"such as result['name'], not {item!r}"
            )
        return PlainXComArg(operator=self.operator, key=item)

    def __iter__(self) -> Any:
        raise TypeError(
            f"the result of {self.operator.task_id!r} is not known yet and cannot be iterated; "
            "pass it to a task, or use `.expand()` to run a task for each item"
        )

    def __repr__(self) -> str:
        key = "" if self.key == XCOM_RETURN_KEY else f", {self.key!r}"
        return f"XComArg({self.operator!r}{key})"

    def __str__(self) -> str:
        """A template that pulls the XCom, so that it can be part of a longer text."""
        arguments = [f"task_ids='{self.operator.task_id}'", f"dag_id='{self.operator.dag_id}'"]
        if self.key is not None:
            arguments.append(f"key='{self.key}'")
        return f"{{{{ task_instance.xcom_pull({', '.join(arguments)}) }}}}"

    def _serialize(self) -> dict[str, Any]:
        return {"task_id": self.operator.task_id, "key": self.key}

    @property
    def is_setup(self) -> bool:
        return self.operator.is_setup

    @is_setup.setter
    def is_setup(self, val: bool) -> None:
        self.operator.is_setup = val

    @property
    def is_teardown(self) -> bool:
        return self.operator.is_teardown

    @is_teardown.setter
    def is_teardown(self, val: bool) -> None:
        self.operator.is_teardown = val

    @property
    def on_failure_fail_dagrun(self) -> bool:
        return self.operator.on_failure_fail_dagrun

    @on_failure_fail_dagrun.setter
    def on_failure_fail_dagrun(self, val: bool) -> None:
        self.operator.on_failure_fail_dagrun = val

    def as_setup(self) -> PlainXComArg:
        self.operator.is_setup = True
        return self

    def as_teardown(self, *, setups: Any = NOTSET, on_failure_fail_dagrun: Any = NOTSET) -> PlainXComArg:
        operator = self.operator
        operator.is_teardown = True
        operator.trigger_rule = TriggerRule.ALL_DONE_SETUP_SUCCESS
        if on_failure_fail_dagrun is not NOTSET:
            operator.on_failure_fail_dagrun = on_failure_fail_dagrun
        if not isinstance(setups, ArgNotSet):
            for setup in [setups] if isinstance(setups, DependencyMixin) else setups:
                setup.is_setup = True
                setup >> operator
        return self

    def iter_references(self) -> Iterator[tuple[Any, str]]:
        yield self.operator, self.key

    def map(self, f: Callable[[Any], Any]) -> MapXComArg:
        self._refuse_other_key("map")
        return super().map(f)

    def zip(self, *others: XComArg, fillvalue: Any = NOTSET) -> ZipXComArg:
        self._refuse_other_key("zip")
        return super().zip(*others, fillvalue=fillvalue)

    def concat(self, *others: XComArg) -> ConcatXComArg:
        self._refuse_other_key("concat")
        return super().concat(*others)

    def _refuse_other_key(self, method: str) -> None:
        if self.key != XCOM_RETURN_KEY:
            raise ValueError(f"{method}() takes the result of a task, not its XCom with the key {self.key!r}")

    def get_task_map_length(self, run_id: str, *, session: Any = None) -> int | None:
        from airflow.models._task_map import length_of

        return length_of(self.operator, run_id)

    def resolve(self, context: Any, session: Any = None, *, include_xcom: bool = True) -> Any:
        ti = context["ti"]
        task_id = self.operator.task_id
        map_indexes = ti.get_relevant_upstream_map_indexes(self.operator, context["expanded_ti_count"], session=session)
        result = ti.xcom_pull(task_ids=task_id, map_indexes=map_indexes, key=self.key, default=NOTSET)
        if not isinstance(result, ArgNotSet):
            return result
        if self.key == XCOM_RETURN_KEY or getattr(self.operator, "multiple_outputs", False):
            return None
        raise XComNotFound(ti.dag_id, task_id, self.key)


def serialize_xcom_arg(value: XComArg) -> dict[str, Any]:
    """The argument as JSON."""
    kind = getattr(value, "kind", None)
    return {"type": kind, **value._serialize()} if kind else value._serialize()


def deserialize_xcom_arg(data: dict[str, Any], dag: Any) -> XComArg:
    """The argument from JSON, for the tasks of this DAG."""
    from airflow.models import _xcom_arg_views as views

    kind = data.get("type", "")
    if kind == "":
        return PlainXComArg(dag.get_task(data["task_id"]), data["key"])
    if kind == "map":
        return views.MapXComArg(deserialize_xcom_arg(data["arg"], dag), data["callables"])
    args: Sequence[XComArg] = [deserialize_xcom_arg(arg, dag) for arg in data["args"]]
    if kind == "zip":
        return views.ZipXComArg(args, fillvalue=data.get("fillvalue", NOTSET))
    if kind == "concat":
        return views.ConcatXComArg(args)
    raise AirflowException(f"unknown kind of XCom argument: {kind!r}")
