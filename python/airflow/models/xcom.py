"""XComs: small values that tasks leave for other tasks."""

from __future__ import annotations

import inspect
import json
import logging
import pickle
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import wraps
from typing import Any

from airflow import _supervisor
from airflow.exceptions import AirflowException, RemovedInAirflow3Warning
from airflow.utils.xcom import XCOM_RETURN_KEY

log = logging.getLogger(__name__)

#: Bytes; kept for old providers, nothing checks it.
MAX_XCOM_SIZE = 49344


class BaseXCom:
    """A stored XCom: its key and the bytes that a backend made of its value."""

    XCOM_RETURN_KEY = XCOM_RETURN_KEY

    def __init__(
        self,
        key: str | None = None,
        value: bytes | None = None,
        task_id: str | None = None,
        dag_id: str | None = None,
        run_id: str | None = None,
        map_index: int = -1,
        timestamp: Any = None,
    ) -> None:
        self.key = key
        self.value = value
        self.task_id = task_id
        self.dag_id = dag_id
        self.run_id = run_id
        self.map_index = map_index
        self.timestamp = timestamp

    def __repr__(self) -> str:
        if self.map_index < 0:
            return f'<XCom "{self.key}" ({self.task_id} @ {self.run_id})>'
        return f'<XCom "{self.key}" ({self.task_id}[{self.map_index}] @ {self.run_id})>'

    @classmethod
    def set(
        cls,
        key: str,
        value: Any,
        task_id: str,
        dag_id: str,
        execution_date: Any = None,
        session: Any = None,
        *,
        run_id: str | None = None,
        map_index: int = -1,
    ) -> None:
        """Stores `value` for the given task of the given run, over what is there."""
        if run_id is None:
            raise ValueError("XCom.set needs the run_id; a lookup by execution_date is not possible here")
        where = {"key": key, "task_id": task_id, "dag_id": dag_id, "run_id": run_id, "map_index": map_index}
        if isinstance(value, LazyXComSelectSequence):
            log.warning("XCom %s: reading all of a lazy sequence of mapped results to store it as a list", key)
            value = list(value)
        stored = cls.serialize_value(value=value, **where)
        _supervisor.set_xcom(where, stored.encode("utf-8") if isinstance(stored, str) else stored)

    @staticmethod
    def get_value(*, ti_key: Any, key: str | None = None, session: Any = None) -> Any:
        """The value of one task instance; None where there is none."""
        return BaseXCom.get_one(
            key=key,
            task_id=ti_key.task_id,
            dag_id=ti_key.dag_id,
            run_id=ti_key.run_id,
            map_index=ti_key.map_index,
        )

    @staticmethod
    def get_one(
        execution_date: Any = None,
        key: str | None = None,
        task_id: str | Iterable[str] | None = None,
        dag_id: str | Iterable[str] | None = None,
        include_prior_dates: bool = False,
        session: Any = None,
        *,
        run_id: str | None = None,
        map_index: int | None = None,
    ) -> Any:
        """The newest value that fits; None where there is none."""
        from airflow.models.xcom import XCom

        found = XCom.get_many(
            run_id=run_id,
            key=key,
            task_ids=task_id,
            dag_ids=dag_id,
            map_indexes=map_index,
            include_prior_dates=include_prior_dates,
            limit=1,
        )
        return XCom.deserialize_value(found[0]) if found else None

    @staticmethod
    def get_many(
        execution_date: Any = None,
        key: str | None = None,
        task_ids: str | Iterable[str] | None = None,
        dag_ids: str | Iterable[str] | None = None,
        map_indexes: int | Iterable[int] | None = None,
        include_prior_dates: bool = False,
        limit: int | None = None,
        session: Any = None,
        *,
        run_id: str | None = None,
    ) -> list[BaseXCom]:
        """The stored XComs that fit, newest first. They are rows; Airflow gives a query."""
        if run_id is None:
            raise ValueError("XComs are looked up by run_id; execution_date is not enough here")
        found = []
        for dag_id in [dag_ids] if isinstance(dag_ids, str) else list(dag_ids or ()):
            rows = _supervisor.get_xcoms(
                dag_id=dag_id,
                run_id=run_id,
                task_ids=_listed(task_ids),
                map_indexes=_listed(map_indexes),
                key=key or None,
                include_prior_dates=include_prior_dates,
                limit=limit,
            )
            found += [BaseXCom(**_fields(row, dag_id)) for row in rows]
        if dag_ids is None:
            raise ValueError("XComs are looked up in a DAG: dag_ids is needed")
        return found[:limit] if limit else found

    @classmethod
    def delete(cls, xcoms: Any, session: Any = None) -> None:
        """Not with this package."""
        raise AirflowException("a task cannot delete XComs; a new try of the task that pushed them does")

    @staticmethod
    def purge(xcom: Any, session: Any = None) -> None:
        """For backends that keep values elsewhere: removes the value of an XCom that is deleted."""

    @staticmethod
    def clear(*args: Any, **kwargs: Any) -> None:
        """Not with this package."""
        raise AirflowException("a task cannot delete XComs; a new try of the task that pushed them does")

    @staticmethod
    def serialize_value(
        value: Any,
        *,
        key: str | None = None,
        task_id: str | None = None,
        dag_id: str | None = None,
        run_id: str | None = None,
        map_index: int | None = None,
    ) -> Any:
        """What is stored for a value: JSON, or a pickle with ``[core] enable_xcom_pickling``."""
        if _pickles():
            return pickle.dumps(value)
        from airflow.utils.json import XComEncoder

        try:
            return json.dumps(value, cls=XComEncoder).encode("UTF-8")
        except (ValueError, TypeError) as error:
            log.error(
                "The XCom %r cannot be stored as JSON: %s. Return plain values (text, numbers, lists, dictionaries, "
                "dates), a dataclass or an attrs class, or write the data to a file or table and return its name",
                key,
                error,
            )
            raise

    @staticmethod
    def _deserialize_value(result: Any, orm: bool) -> Any:
        if result.value is None:
            return None
        if _pickles():
            try:
                return pickle.loads(result.value)
            except pickle.UnpicklingError:
                # Stored before the setting was changed.
                pass
        from airflow.utils.json import XComDecoder

        object_hook = XComDecoder.orm_object_hook if orm else None
        return json.loads(result.value.decode("UTF-8"), cls=XComDecoder, object_hook=object_hook)

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        """The value of a stored XCom."""
        return BaseXCom._deserialize_value(result, False)

    def orm_deserialize_value(self) -> Any:
        """The value for display; a backend may give something cheaper."""
        return BaseXCom._deserialize_value(self, True)


class LazyXComSelectSequence(Sequence[Any]):
    """Values of several XComs, each made when it is read."""

    def __init__(self, rows: Sequence[BaseXCom], backend: Any) -> None:
        self._rows = rows
        self._backend = backend

    def __repr__(self) -> str:
        return f"LazySelectSequence([{len(self)} item{'s' if len(self) != 1 else ''}])"

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return [self._backend.deserialize_value(row) for row in self._rows[key]]
        return self._backend.deserialize_value(self._rows[key])

    def __iter__(self) -> Iterator[Any]:
        return (self._backend.deserialize_value(row) for row in self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other))

    __hash__ = None  # type: ignore[assignment]


def _listed(value: Any) -> list[Any] | None:
    if value is None:
        return None
    return [value] if isinstance(value, (str, int)) else list(value)


def _fields(row: dict[str, Any], dag_id: str) -> dict[str, Any]:
    names = ("key", "value", "task_id", "run_id", "map_index", "timestamp")
    return {"dag_id": dag_id, **{name: row[name] for name in names if name in row}}


def _pickles() -> bool:
    from airflow.configuration import conf

    return conf.getboolean("core", "enable_xcom_pickling", fallback=False)


def resolve_xcom_backend() -> type[BaseXCom]:
    """The class that ``[core] xcom_backend`` names."""
    from airflow.configuration import conf

    backend = conf.getimport("core", "xcom_backend", fallback="airflow.models.xcom.BaseXCom") or BaseXCom
    if not issubclass(backend, BaseXCom):
        raise TypeError(f"the XCom backend {backend.__name__} has to be a subclass of BaseXCom")
    known, taken = (_parameters(kind.serialize_value) for kind in (BaseXCom, backend))
    if set(known) != set(taken):
        _adapt(backend, taken)
    return backend


def _parameters(function: Any) -> list[str]:
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [name for name, item in inspect.signature(function).parameters.items() if item.kind not in kinds]


def _adapt(backend: Any, taken: list[str]) -> None:
    """Lets an old backend's `serialize_value` ignore arguments that it does not know."""
    old = backend.serialize_value

    @wraps(old)
    def serialize_value(**kwargs: Any) -> Any:
        warnings.warn(
            f"serialize_value of the XCom backend {backend.__name__} has to take key, task_id, dag_id, run_id and "
            "map_index as well",
            RemovedInAirflow3Warning,
            stacklevel=2,
        )
        return old(**{name: kwargs.get(name) for name in taken})

    backend.serialize_value = staticmethod(serialize_value)


def __getattr__(name: str) -> Any:
    if name == "XCom":
        globals()[name] = backend = resolve_xcom_backend()
        return backend
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
