"""Results of tasks, looked at in another way: mapped, zipped, concatenated."""

from __future__ import annotations

from collections.abc import Sequence

from airflow.models.xcom_arg import XComArg, serialize_xcom_arg
from airflow.utils.types import NOTSET, ArgNotSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Union

    # Those of a DAG that was read from JSON are source text.
    MapCallables = Sequence[Union[Callable[[Any], Any], str]]


def _resolve(arg: XComArg, context: Any, word: str, **kwargs: Any) -> Any:
    value = arg.resolve(context, **kwargs)
    if not isinstance(value, (Sequence, dict)):
        raise ValueError(f"{word}() takes a list or a dict, and the result of {arg!r} is a {type(value).__name__}")
    return value


class _MapResult(Sequence):
    def __init__(self, value: Any, callables: MapCallables) -> None:
        self.value = value
        self.callables = callables

    def __getitem__(self, index: Any) -> Any:
        value = self.value[index]
        are_known = all(callable(function) for function in self.callables)
        for function in self.callables:
            value = function(value) if are_known else f"{_name(function)}({value})"  # type: ignore[operator]
        return value

    def __len__(self) -> int:
        return len(self.value)


def _name(function: Any) -> str:
    if callable(function):
        return function.__name__
    words = function.split(None, 2)
    return words[1].partition("(")[0] if words[:1] == ["def"] and len(words) > 1 else "<function>"


class MapXComArg(XComArg):
    """A result with functions applied to its items."""

    kind = "map"

    def __init__(self, arg: XComArg, callables: MapCallables) -> None:
        for function in callables:
            if getattr(function, "_airflow_is_task_decorator", False):
                raise ValueError("map() takes a plain function; use `.expand()` to run a @task for each item")
        self.arg = arg
        self.callables = callables

    def __repr__(self) -> str:
        return repr(self.arg) + "".join(f".map({_name(function)})" for function in self.callables)

    def _serialize(self) -> dict[str, Any]:
        import inspect

        sources = [inspect.getsource(item) if callable(item) else item for item in self.callables]
        return {"arg": serialize_xcom_arg(self.arg), "callables": sources}

    def iter_references(self) -> Iterator[tuple[Any, str]]:
        yield from self.arg.iter_references()

    def map(self, f: Callable[[Any], Any]) -> MapXComArg:
        # One list, so that each item is read once.
        return MapXComArg(self.arg, [*self.callables, f])

    def get_task_map_length(self, run_id: str, *, session: Any = None) -> int | None:
        return self.arg.get_task_map_length(run_id, session=session)

    def resolve(self, context: Any, session: Any = None, *, include_xcom: bool = True) -> Any:
        value = _resolve(self.arg, context, "map", session=session, include_xcom=include_xcom)
        return _MapResult(value, self.callables)


class _ZipResult(Sequence):
    def __init__(self, values: Sequence[Any], *, fillvalue: Any = NOTSET) -> None:
        self.values = values
        self.fillvalue = fillvalue

    def __getitem__(self, index: Any) -> Any:
        if index >= len(self):
            raise IndexError(index)
        return tuple(self._item(value, index) for value in self.values)

    def _item(self, value: Any, index: Any) -> Any:
        try:
            return value[index]
        except (IndexError, KeyError):
            return self.fillvalue

    def __len__(self) -> int:
        lengths = [len(value) for value in self.values]
        return min(lengths) if isinstance(self.fillvalue, ArgNotSet) else max(lengths)


class _SeveralXComArgs(XComArg):
    def __init__(self, args: Sequence[XComArg]) -> None:
        if not args:
            raise ValueError(f"{self.kind}() needs at least one result")  # type: ignore[attr-defined]
        self.args = args

    def iter_references(self) -> Iterator[tuple[Any, str]]:
        for arg in self.args:
            yield from arg.iter_references()

    def _lengths(self, run_id: str, session: Any) -> list[int] | None:
        """The length of each; None where one is not known yet."""
        lengths = [arg.get_task_map_length(run_id, session=session) for arg in self.args]
        return None if None in lengths else lengths  # type: ignore[return-value]


class ZipXComArg(_SeveralXComArgs):
    """Tuples of the items of several results."""

    kind = "zip"

    def __init__(self, args: Sequence[XComArg], *, fillvalue: Any = NOTSET) -> None:
        super().__init__(args)
        self.fillvalue = fillvalue

    def __repr__(self) -> str:
        others = [repr(arg) for arg in self.args[1:]]
        if not isinstance(self.fillvalue, ArgNotSet):
            others.append(f"fillvalue={self.fillvalue!r}")
        return f"{self.args[0]!r}.zip({', '.join(others)})"

    def _serialize(self) -> dict[str, Any]:
        args: dict[str, Any] = {"args": [serialize_xcom_arg(arg) for arg in self.args]}
        if not isinstance(self.fillvalue, ArgNotSet):
            args["fillvalue"] = self.fillvalue
        return args

    def get_task_map_length(self, run_id: str, *, session: Any = None) -> int | None:
        lengths = self._lengths(run_id, session)
        if lengths is None:
            return None
        return min(lengths) if isinstance(self.fillvalue, ArgNotSet) else max(lengths)

    def resolve(self, context: Any, session: Any = None, *, include_xcom: bool = True) -> Any:
        values = [_resolve(arg, context, "zip", session=session, include_xcom=include_xcom) for arg in self.args]
        return _ZipResult(values, fillvalue=self.fillvalue)


class _ConcatResult(Sequence):
    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values

    def __getitem__(self, index: Any) -> Any:
        left = index if index >= 0 else len(self) + index
        for value in self.values:
            if left < 0:
                break
            if left < len(value):
                return value[left] if isinstance(value, Sequence) else list(value)[left]
            left -= len(value)
        raise IndexError("list index out of range")

    def __len__(self) -> int:
        return sum(len(value) for value in self.values)


class ConcatXComArg(_SeveralXComArgs):
    """The items of several results, one after another."""

    kind = "concat"

    def __repr__(self) -> str:
        return f"{self.args[0]!r}.concat({', '.join(repr(arg) for arg in self.args[1:])})"

    def _serialize(self) -> dict[str, Any]:
        return {"args": [serialize_xcom_arg(arg) for arg in self.args]}

    def concat(self, *others: XComArg) -> ConcatXComArg:
        return ConcatXComArg([*self.args, *others])

    def get_task_map_length(self, run_id: str, *, session: Any = None) -> int | None:
        lengths = self._lengths(run_id, session)
        return None if lengths is None else sum(lengths)

    def resolve(self, context: Any, session: Any = None, *, include_xcom: bool = True) -> Any:
        values = [_resolve(arg, context, "concat", session=session, include_xcom=include_xcom) for arg in self.args]
        return _ConcatResult(values)


for _class in (MapXComArg, ZipXComArg, ConcatXComArg):
    _class.__module__ = "airflow.models.xcom_arg"
