"""Checks of keys and arguments, and small functions over collections."""

from __future__ import annotations

import re

from airflow.exceptions import AirflowException, RemovedInAirflow3Warning
from airflow.utils.types import NOTSET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from typing import Any

KEY_REGEX = re.compile(r"^[\w.-]+$")
GROUP_KEY_REGEX = re.compile(r"^[\w-]+$")
CAMELCASE_TO_SNAKE_CASE_REGEX = re.compile(r"(?!^)([A-Z]+)")


def validate_key(k: str, max_length: int = 250) -> None:
    """Refuses what cannot be the id of a DAG or a task."""
    _validate(k, max_length, KEY_REGEX, "letters, digits, dashes, dots and underscores")


def validate_group_key(k: str, max_length: int = 200) -> None:
    """Refuses what cannot be the id of a task group."""
    _validate(k, max_length, GROUP_KEY_REGEX, "letters, digits, dashes and underscores (a dot parts groups)")


def _validate(key: str, max_length: int, allowed: re.Pattern[str], characters: str) -> None:
    if not isinstance(key, str):
        raise TypeError(f"an id has to be a string, and {key!r} is of type {type(key).__name__}")
    if len(key) > max_length:
        raise AirflowException(f"the id {key[:60]!r}… has {len(key)} characters; at most {max_length} are allowed")
    if not allowed.match(key):
        raise AirflowException(f"the id {key!r} may only have {characters}")


def validate_instance_args(instance: object, expected_arg_types: dict[str, Any]) -> None:
    """Refuses attributes of a wrong type; None is always allowed."""
    for name, expected in expected_arg_types.items():
        value = getattr(instance, name, None)
        if value is not None and not isinstance(value, expected):
            wanted = expected if isinstance(expected, tuple) else (expected,)
            names = " or ".join(item.__name__ for item in wanted)
            found = f"{type(value).__name__}: {value!r}"
            raise TypeError(f"{name!r} of {instance!r} has to be of type {names}, not {found}")


def is_container(obj: Any) -> bool:
    """Whether it can be iterated and is no string."""
    return hasattr(obj, "__iter__") and not isinstance(obj, str)


def as_tuple(obj: Any) -> tuple[Any, ...]:
    return tuple(obj) if is_container(obj) else (obj,)


def chunks(items: list[Any], chunk_size: int) -> Generator[list[Any], None, None]:
    """Slices of a list, each of at most `chunk_size`."""
    if chunk_size <= 0:
        raise ValueError(f"chunk_size has to be positive, not {chunk_size}")
    for start in range(0, len(items), chunk_size):
        yield items[start : start + chunk_size]


def reduce_in_chunks(
    fn: Callable[[Any, list[Any]], Any], iterable: list[Any], initializer: Any, chunk_size: int = 0
) -> Any:
    """`functools.reduce` over slices."""
    result = initializer
    if iterable:
        for chunk in chunks(iterable, chunk_size or len(iterable)):
            result = fn(result, chunk)
    return result


def as_flattened_list(iterable: Iterable[Iterable[Any]]) -> list[Any]:
    return [item for inner in iterable for item in inner]


def parse_template_string(template_string: str) -> tuple[str | None, Any]:
    """(text, None), or (None, template) where the text has Jinja in it."""
    if "{{" not in template_string:
        return template_string, None
    import jinja2

    return None, jinja2.Template(template_string)


def render_template(template: Any, context: Any, *, native: bool) -> Any:
    """Renders without copying the context, so that what is lazy in it stays so."""
    import copy

    context = copy.copy(context)
    env = template.environment
    if template.globals:
        context.update((key, value) for key, value in template.globals.items() if key not in context)
    try:
        nodes = template.root_render_func(env.context_class(env, context, template.name, template.blocks))
    except Exception:
        env.handle_exception()
        raise
    if native:
        from jinja2.nativetypes import native_concat

        return native_concat(nodes)
    return "".join(nodes)


def render_template_to_string(template: Any, context: Any) -> str:
    return render_template(template, context, native=False)


def render_template_as_native(template: Any, context: Any) -> Any:
    return render_template(template, context, native=True)


def convert_camel_to_snake(camel_str: str) -> str:
    return CAMELCASE_TO_SNAKE_CASE_REGEX.sub(r"_\1", camel_str).lower()


def merge_dicts(dict1: dict[Any, Any], dict2: dict[Any, Any]) -> dict[Any, Any]:
    """A new dict with both; inner dicts are merged, too, and the second wins."""
    merged = dict(dict1)
    for key, value in dict2.items():
        if key in merged and isinstance(value, dict):
            merged[key] = merge_dicts(merged[key] or {}, value)
        else:
            merged[key] = value
    return merged


def partition(pred: Callable[[Any], bool], iterable: Iterable[Any]) -> tuple[Iterable[Any], Iterable[Any]]:
    """Those that the predicate refuses, and those that it takes."""
    import itertools

    refused, taken = itertools.tee(iterable)
    return itertools.filterfalse(pred, refused), filter(pred, taken)


def chain(*args: Any, **kwargs: Any) -> None:
    """Moved to `airflow.models.baseoperator`."""
    _moved("chain")(*args, **kwargs)


def cross_downstream(*args: Any, **kwargs: Any) -> None:
    """Moved to `airflow.models.baseoperator`."""
    _moved("cross_downstream")(*args, **kwargs)


def _moved(name: str) -> Callable[..., None]:
    import warnings

    from airflow.models import baseoperator

    message = f"airflow.utils.helpers.{name} is deprecated; use airflow.models.baseoperator.{name}"
    warnings.warn(message, RemovedInAirflow3Warning, stacklevel=3)
    return getattr(baseoperator, name)


def exactly_one(*args: Any) -> bool:
    """Whether one argument, and no more, is true."""
    if is_container(args[0]):
        raise ValueError("exactly_one takes the values themselves: put a * before the collection")
    return sum(map(bool, args)) == 1


def at_most_one(*args: Any) -> bool:
    """Whether no argument, or one, is set and true."""
    return sum(value is not NOTSET and bool(value) for value in args) <= 1


def prune_dict(val: Any, mode: str = "strict") -> Any:
    """Without what is None (`strict`) or false (`truthy`), at any depth."""
    if mode not in ("strict", "truthy"):
        raise ValueError(f"mode has to be 'strict' or 'truthy', not {mode!r}")

    def empty(value: Any) -> bool:
        return value is None if mode == "strict" else not value

    if isinstance(val, dict):
        pruned = {key: prune_dict(value, mode) for key, value in val.items() if not empty(value)}
        return {key: value for key, value in pruned.items() if not empty(value)}
    if isinstance(val, list):
        items = [prune_dict(value, mode) for value in val if not empty(value)]
        return [value for value in items if not empty(value)]
    return val


def prevent_duplicates(kwargs1: Mapping[str, Any], kwargs2: Mapping[str, Any], *, fail_reason: str) -> None:
    """Refuses an argument that is in both."""
    both = sorted(set(kwargs1).intersection(kwargs2))
    if both:
        raise TypeError(f"{fail_reason} argument{'s' if len(both) > 1 else ''}: {', '.join(both)}")
