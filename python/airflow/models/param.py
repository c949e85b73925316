"""Params: values for templates, with a schema, which the trigger of a run may replace."""

from __future__ import annotations

import copy
from collections.abc import ItemsView, MutableMapping, ValuesView

from airflow.exceptions import AirflowException, ParamValidationError
from airflow.utils.mixins import ResolveMixin
from airflow.utils.types import NOTSET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, ClassVar


class Param:
    """A value with a JSON schema.

        Param(5, type="integer", minimum=1, description="how many")

    :param default: the value; without one, a run has to bring it
    :param description: what the trigger form says
    :param kwargs: the JSON schema, or `schema=` with all of it
    """

    __version__: ClassVar[int] = 1
    CLASS_IDENTIFIER = "__class"

    def __init__(self, default: Any = NOTSET, description: str | None = None, **kwargs: Any) -> None:
        if default is not NOTSET:
            self._warn_if_not_json(default)
        self.value = default
        self.description = description
        self.schema = kwargs.pop("schema") if "schema" in kwargs else kwargs

    def __copy__(self) -> Param:
        return Param(self.value, self.description, schema=self.schema)

    @staticmethod
    def _warn_if_not_json(value: Any) -> None:
        if value is None or type(value) in (str, int, float, bool):
            return
        import json

        try:
            json.dumps(value)
        except Exception:
            from airflow._deprecation import warn

            warn(f"the param value {value!r} cannot be written as JSON, which is deprecated")

    def resolve(self, value: Any = NOTSET, suppress_exception: bool = False) -> Any:
        """Checks the value, or the default, against the schema, keeps it and returns it."""
        if value is not NOTSET:
            self._warn_if_not_json(value)
        final = self.value if value is NOTSET else value
        try:
            if final is NOTSET:
                raise ParamValidationError(
                    "it has no default, so the run has to bring a value: `updraft dags trigger --conf '{…}'`"
                )
            self._check(final)
        except ParamValidationError:
            if suppress_exception:
                return None
            raise
        self.value = final
        return final

    def _check(self, value: Any) -> None:
        if not self.schema:
            return
        from airflow.models._param_schema import problem_of, warn_of_old_date

        problem = problem_of(value, self.schema)
        if problem is not None and not warn_of_old_date(value, self.schema, problem):
            raise ParamValidationError(str(problem))

    def dump(self) -> dict[str, Any]:
        """The param as a dict, with the path of its class."""
        value = None if self.value is NOTSET else self.value
        path = f"{type(self).__module__}.{type(self).__name__}"
        return {self.CLASS_IDENTIFIER: path, **self.__dict__, "value": value}

    @property
    def has_value(self) -> bool:
        return self.value is not NOTSET and self.value is not None

    def serialize(self) -> dict[str, Any]:
        return {"value": self.value, "description": self.description, "schema": self.schema}

    @staticmethod
    def deserialize(data: dict[str, Any], version: int) -> Param:
        if version > Param.__version__:
            raise TypeError(f"a Param of version {version} is newer than this one")
        return Param(data["value"], data["description"], schema=data["schema"])


class ParamsDict(MutableMapping):
    """Params by name. Reading one gives its checked value, writing one checks it."""

    __version__: ClassVar[int] = 1
    __slots__ = ["__dict", "suppress_exception"]

    def __init__(self, dict_obj: Any = None, suppress_exception: bool = False) -> None:
        items = (dict_obj or {}).items()
        self.__dict: dict[str, Param] = {k: v if isinstance(v, Param) else Param(v) for k, v in items}
        self.suppress_exception = suppress_exception

    def __bool__(self) -> bool:
        return bool(self.__dict)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ParamsDict):
            return self.dump() == other.dump()
        return self.dump() == other if isinstance(other, dict) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> ParamsDict:
        return ParamsDict(self.__dict, self.suppress_exception)

    def __deepcopy__(self, memo: dict[int, Any]) -> ParamsDict:
        return ParamsDict(copy.deepcopy(self.__dict, memo), self.suppress_exception)

    def __contains__(self, o: object) -> bool:
        return o in self.__dict

    def __len__(self) -> int:
        return len(self.__dict)

    def __delitem__(self, v: str) -> None:
        del self.__dict[v]

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict)

    def __repr__(self) -> str:
        return repr(self.dump())

    def __setitem__(self, key: str, value: Any) -> None:
        if isinstance(value, Param):
            param = value
        elif key in self.__dict:
            param = self.__dict[key]
            self._resolve(key, param, value)
        else:
            param = Param(value)
        self.__dict[key] = param

    def __getitem__(self, key: str) -> Any:
        return self.__dict[key].resolve(suppress_exception=self.suppress_exception)

    def _resolve(self, key: str, param: Param, value: Any = NOTSET) -> Any:
        try:
            return param.resolve(value, suppress_exception=self.suppress_exception)
        except ParamValidationError as error:
            raise ParamValidationError(f"Invalid input for param {key}: {error}") from None

    def get_param(self, key: str) -> Param:
        """The Param itself."""
        return self.__dict[key]

    def items(self) -> ItemsView[str, Any]:
        """Names and Params, not values."""
        return ItemsView(self.__dict)

    def values(self) -> ValuesView[Any]:
        """Params, not values."""
        return ValuesView(self.__dict)

    def update(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        if len(args) == 1 and not kwargs and isinstance(args[0], ParamsDict):
            args = (args[0].__dict,)
        super().update(*args, **kwargs)

    def dump(self) -> dict[str, Any]:
        """Plain values; what does not fit its schema is None."""
        return {key: param.resolve(suppress_exception=True) for key, param in self.__dict.items()}

    def validate(self) -> dict[str, Any]:
        """Plain values; what does not fit its schema is an error that names it."""
        return {key: self._resolve(key, param) for key, param in self.__dict.items()}

    def serialize(self) -> dict[str, Any]:
        return self.dump()

    @staticmethod
    def deserialize(data: dict[str, Any], version: int) -> ParamsDict:
        if version > ParamsDict.__version__:
            raise TypeError(f"a ParamsDict of version {version} is newer than this one")
        return ParamsDict(data)


class DagParam(ResolveMixin):
    """An argument of a `@dag` function: the value that the run has for it."""

    def __init__(self, current_dag: Any, name: str, default: Any = NOTSET) -> None:
        if default is not NOTSET:
            current_dag.params[name] = default
        self._name = name
        self._default = default

    def iter_references(self) -> Iterable[tuple[Any, str]]:
        return ()

    def resolve(self, context: Any, *, include_xcom: bool = True) -> Any:
        try:
            return context["dag_run"].conf[self._name]
        except KeyError:
            pass
        if self._default is not NOTSET:
            return self._default
        try:
            return context["params"][self._name]
        except KeyError:
            raise AirflowException(f"the run has no value for the parameter {self._name!r} of its DAG") from None


def process_params(dag: Any, task: Any, dag_run: Any, *, suppress_exception: bool) -> dict[str, Any]:
    """The params of a task in a run: the DAG's, then the task's, then those of the run."""
    from airflow.configuration import conf

    params = ParamsDict(suppress_exception=suppress_exception)
    params.update(getattr(dag, "params", None) or {})
    if task.params:
        params.update(task.params)
    if dag_run and dag_run.conf and conf.getboolean("core", "dag_run_conf_overrides_params"):
        params.update(dag_run.conf)
    return params.validate()
