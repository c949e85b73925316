"""One task as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow.exceptions import AirflowException, SerializationError
from airflow.serialization._fields import Defaults, Field, encode_fields, is_left_out, operator_defaults
from airflow.serialization._params import encode_params
from airflow.serialization._values import serialize
from airflow.serialization.helpers import serialize_template_field
from airflow.utils.types import AttributeRemoved

#: Arguments of every operator that may be template fields of one.
_TEMPLATABLE_ARGUMENTS = frozenset(("email",))

_OWN_DEPS = "airflow.ti_deps.deps."


def encode_operator(op: Any) -> dict[str, Any]:
    """A task that is not mapped."""
    return encode_node(op, include_deps=op.deps is not operator_defaults().owner.deps)


def encode_node(op: Any, include_deps: bool) -> dict[str, Any]:
    """What mapped and other tasks have in common."""
    defaults = operator_defaults()
    dag = _dag(op)
    encoded = encode_fields(op, defaults.fields(op.get_serialized_fields()), dag)
    _name(op, encoded)
    encoded["_is_empty"] = op.inherits_from_empty_operator
    arguments = op.start_trigger_args
    encoded["start_trigger_args"] = encode_start_trigger_args(arguments) if arguments else None
    encoded["start_from_trigger"] = op.start_from_trigger
    if links := op.operator_extra_links:
        encoded["_operator_extra_links"] = _links(links.__get__(op) if isinstance(links, property) else links)
    if include_deps:
        encoded["deps"] = _deps(op.deps)
    _template_fields(op, encoded, defaults, dag)
    if params := op.params:
        encoded["params"] = encode_params(params)
    return encoded


def _dag(op: Any) -> Any:
    if not op.has_dag():
        return None
    dag = op.dag
    return None if dag.__class__ is AttributeRemoved else dag


def _name(op: Any, encoded: dict[str, Any]) -> None:
    cls = type(op)
    kind = encoded["_task_type"] = getattr(op, "_task_type", None) or cls.__name__
    encoded["_task_module"] = getattr(op, "_task_module", None) or cls.__module__
    name = op.operator_name
    if name != kind:
        encoded["_operator_name"] = name
    else:
        encoded.pop("_operator_name", None)


def _template_fields(op: Any, encoded: dict[str, Any], defaults: Defaults, dag: Any) -> None:
    for name in op.template_fields or ():
        if name in defaults.argument_names and name not in _TEMPLATABLE_ARGUMENTS:
            raise AirflowException(
                f"{name!r} cannot be a template field of {type(op).__name__}: it is an argument of every operator"
            )
        value = getattr(op, name, None)
        if not is_left_out(value, _field(defaults, name), dag):
            encoded[name] = serialize_template_field(value, name)


def _field(defaults: Defaults, name: str) -> Field:
    found = _template_field_plans.get(name)
    if found is None:
        found = _template_field_plans[name] = defaults.field(name)
    return found


_template_field_plans: dict[str, Field] = {}


def encode_start_trigger_args(var: Any) -> dict[str, Any]:
    """The trigger that a task begins with instead of running."""
    return {
        "__type": "START_TRIGGER_ARGS",
        "trigger_cls": var.trigger_cls,
        "trigger_kwargs": None if var.trigger_kwargs is None else serialize(var.trigger_kwargs),
        "next_method": var.next_method,
        "next_kwargs": None if var.next_kwargs is None else serialize(var.next_kwargs),
        "timeout": var.timeout.total_seconds() if var.timeout else None,
    }


def _links(links: Iterable[Any]) -> list[dict[str, Any]]:
    encoded = []
    for link in links:
        cls = type(link)
        arguments = {name: serialize(getattr(link, name)) for name in _link_arguments(cls)}
        encoded.append({f"{cls.__module__}.{cls.__name__}": arguments})
    return encoded


def _link_arguments(cls: type) -> list[str]:
    """What the class of a link takes: Airflow's own are made with attrs, ours are dataclasses."""
    if hasattr(cls, "__attrs_attrs__"):
        return [attribute.name for attribute in cls.__attrs_attrs__]
    return list(getattr(cls, "__dataclass_fields__", ()))


def _deps(deps: Iterable[Any]) -> list[str]:
    paths = []
    for dep in deps:
        cls = type(dep)
        path = f"{cls.__module__}.{cls.__name__}"
        if not path.startswith(_OWN_DEPS) and path not in _registered_deps():
            raise SerializationError(f"the dependency class {path} of a task is not registered by any plugin")
        paths.append(path)
    return sorted(paths)


def _registered_deps() -> Any:
    from airflow import plugins_manager

    plugins_manager.initialize_ti_deps_plugins()
    return plugins_manager.registered_ti_dep_classes or {}
