"""What a task or a group is mapped over."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping, Sequence, Sized

from airflow.utils.mixins import ResolveMixin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Union

    ExpandInput = Union["DictOfListsExpandInput", "ListOfDictsExpandInput"]


def __getattr__(name: str) -> Any:
    if name in ("ExpandInput", "OperatorExpandArgument", "OperatorExpandKwargsArgument"):
        from typing import Any

        return Any
    from airflow import _absent

    raise AttributeError(_absent.explain_attribute(__name__, name))


class MappedArgument(ResolveMixin):
    """An argument of the function of a mapped group: the value of the instance that runs."""

    def __init__(self, *, input: ExpandInput, key: str) -> None:
        self._input = input
        self._key = key

    def __repr__(self) -> str:
        # Template fields of serialized DAGs hold this text.
        return f"MappedArgument(_input={self._input!r}, _key={self._key!r})"

    def get_task_map_length(self, run_id: str, *, session: Any = None) -> int | None:
        raise NotImplementedError("a task cannot be expanded over an argument of its mapped group")

    def iter_references(self) -> Iterable[tuple[Any, str]]:
        yield from self._input.iter_references()

    def resolve(self, context: Any, *, include_xcom: bool = True, session: Any = None) -> Any:
        data, _ = self._input.resolve(context, session=session, include_xcom=include_xcom)
        return data[self._key]


def _is_late(value: Any) -> bool:
    """Whether the value is only known when the DAG runs."""
    from airflow.models.xcom_arg import XComArg

    return isinstance(value, (MappedArgument, XComArg))


def is_mappable(v: Any) -> bool:
    """Whether a task can be expanded over it."""
    return _is_late(v) or (isinstance(v, (Mapping, Sequence)) and not isinstance(v, str))


def _is_parse_time_mappable(v: Any) -> bool:
    return not _is_late(v)


def _needs_run_time_resolution(v: Any) -> bool:
    return _is_late(v)


class NotFullyPopulated(RuntimeError):
    """Some results that a task is mapped over are not there."""

    def __init__(self, missing: set[str]) -> None:
        self.missing = missing

    def __str__(self) -> str:
        return f"the number of items is not known of {', '.join(repr(key) for key in sorted(self.missing))}"


def _map_index(context: Any) -> int:
    map_index = context["ti"].map_index
    if map_index < 0:
        raise RuntimeError("the task instance is not expanded, so it has no value of what it is mapped over")
    return map_index


class DictOfListsExpandInput(namedtuple("DictOfListsExpandInput", ("value",))):
    """What `.expand(a=[…], b=[…])` was given: one instance for each combination."""

    __slots__ = ()

    def _literals(self) -> Iterator[tuple[str, Sized]]:
        return ((key, value) for key, value in self.value.items() if not _is_late(value))

    _iter_parse_time_resolved_kwargs = _literals

    def get_parse_time_mapped_ti_count(self) -> int:
        lengths = {key: len(value) for key, value in self._literals()}
        if len(lengths) != len(self.value):
            raise NotFullyPopulated(set(self.value).difference(lengths))
        return _product(lengths.values()) if self.value else 0

    def _get_map_lengths(self, run_id: str, *, session: Any = None) -> dict[str, int]:
        lengths = {
            key: value.get_task_map_length(run_id, session=session) if _is_late(value) else len(value)
            for key, value in self.value.items()
        }
        missing = {key for key, length in lengths.items() if length is None}
        if missing:
            raise NotFullyPopulated(missing)
        return lengths

    def get_total_map_length(self, run_id: str, *, session: Any = None) -> int:
        return _product(self._get_map_lengths(run_id, session=session).values()) if self.value else 0

    def iter_references(self) -> Iterable[tuple[Any, str]]:
        from airflow.models.xcom_arg import XComArg

        for value in self.value.values():
            if isinstance(value, XComArg):
                yield from value.iter_references()

    def resolve(
        self, context: Any, session: Any = None, *, include_xcom: bool = True
    ) -> tuple[dict[str, Any], set[int]]:
        """The arguments of this instance, and the ids of those that are results and are not rendered again."""
        index = _map_index(context)
        values = {}
        for key, value in self.value.items():
            if _is_late(value):
                value = value.resolve(context, session=session) if include_xcom else str(value)
            values[key] = value
        # The last argument changes quickest.
        positions = {}
        for key in reversed(list(values)):
            length = len(values[key]) if include_xcom else self._get_map_lengths(context["run_id"])[key]
            if length < 1:
                raise RuntimeError(f"the argument {key!r} that the task is mapped over is empty")
            index, positions[key] = divmod(index, length)
        data = {key: _item(value, positions[key], key) for key, value in values.items()}
        return data, {id(data[key]) for key, value in self.value.items() if _is_late(value)}


def _product(numbers: Iterable[int]) -> int:
    result = 1
    for number in numbers:
        result *= number
    return result


def _item(value: Any, position: int, key: str) -> Any:
    if isinstance(value, Sequence):
        return value[position]
    if isinstance(value, dict):
        return list(value.items())[position]
    raise TypeError(f"the task is mapped over {key!r}, which is a {type(value).__name__}, not a list or dict")


class ListOfDictsExpandInput(namedtuple("ListOfDictsExpandInput", ("value",))):
    """What `.expand_kwargs([{…}, {…}])` was given: one instance for each dict."""

    __slots__ = ()

    def get_parse_time_mapped_ti_count(self) -> int:
        if isinstance(self.value, Sized):
            return len(self.value)
        raise NotFullyPopulated({"expand_kwargs() argument"})

    def get_total_map_length(self, run_id: str, *, session: Any = None) -> int:
        if isinstance(self.value, Sized):
            return len(self.value)
        length = self.value.get_task_map_length(run_id, session=session)
        if length is None:
            raise NotFullyPopulated({"expand_kwargs() argument"})
        return length

    def iter_references(self) -> Iterable[tuple[Any, str]]:
        from airflow.models.xcom_arg import XComArg

        for value in [self.value] if isinstance(self.value, XComArg) else self.value:
            if isinstance(value, XComArg):
                yield from value.iter_references()

    def resolve(self, context: Any, session: Any = None, *, include_xcom: bool = True) -> tuple[Any, set[int]]:
        """The arguments of this instance, and the ids of those that are results and are not rendered again."""
        index = _map_index(context)
        mappings = self.value
        if not isinstance(mappings, Sized):
            mappings = mappings.resolve(context, session, include_xcom=include_xcom)
            if not isinstance(mappings, Sequence):
                raise ValueError(f"expand_kwargs() takes a list of dicts, not {_kind(mappings)}")
        mapping = mappings[index]
        if _is_late(mapping):
            mapping = mapping.resolve(context, session, include_xcom=include_xcom)
        if not isinstance(mapping, Mapping):
            raise ValueError(f"expand_kwargs() takes a list of dicts, not one of {_kind(mapping)}")
        for key in mapping:
            if not isinstance(key, str):
                raise ValueError(f"expand_kwargs(): the names of arguments have to be text, not {key!r}")
        return mapping, {id(value) for value in mapping.values() if _is_late(value)}


def _kind(value: Any) -> str:
    return "None" if value is None else type(value).__name__


EXPAND_INPUT_EMPTY = DictOfListsExpandInput({})

_EXPAND_INPUT_TYPES = {"dict-of-lists": DictOfListsExpandInput, "list-of-dicts": ListOfDictsExpandInput}


def get_map_type_key(expand_input: Any) -> str:
    """The name of the kind in the serialized form."""
    for key, kind in _EXPAND_INPUT_TYPES.items():
        if isinstance(expand_input, kind):
            return key
    return expand_input.key


def create_expand_input(kind: str, value: Any) -> ExpandInput:
    return _EXPAND_INPUT_TYPES[kind](value)
