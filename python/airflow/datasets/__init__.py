"""Datasets: what tasks read and update, and what DAGs wait for."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, ClassVar, TypedDict

    class DatasetAliasEvent(TypedDict):
        """An event of a dataset that a task found through an alias."""

        source_alias_name: str
        dest_dataset_uri: str
        extra: dict[str, Any]

else:
    DatasetAliasEvent = dict

__all__ = ["Dataset", "DatasetAlias", "DatasetAliasEvent", "DatasetAll", "DatasetAny"]


def _get_uri_normalizer(scheme: str) -> Any:
    if scheme == "file":
        return lambda parts: parts
    from airflow.providers_manager import ProvidersManager

    return ProvidersManager().dataset_uri_handlers.get(scheme)


def _get_normalized_scheme(uri: str) -> str:
    import urllib.parse

    return urllib.parse.urlsplit(uri).scheme.lower()


def _sanitize_uri(uri: str) -> str:
    """The form in which a URI is stored and compared."""
    if not uri or uri.isspace():
        raise ValueError("the URI of a dataset cannot be empty")
    if not uri.isascii():
        raise ValueError(f"the URI of a dataset can only have ASCII characters: {uri!r}")
    if len(uri) > 3000:
        raise ValueError(f"the URI of a dataset can have 3000 characters at most, not {len(uri)}")
    if ":" not in uri and "//" not in uri:
        return uri
    import urllib.parse

    parsed = urllib.parse.urlsplit(uri)
    scheme = parsed.scheme.lower()
    if not scheme or scheme.startswith("x-"):
        return uri
    if scheme == "airflow":
        raise ValueError(f"the scheme of the dataset {uri!r} is reserved for Airflow itself")
    _, has_auth, netloc = parsed.netloc.rpartition("@")
    if has_auth:
        _warn(f"the user and password in the dataset URI of {netloc!r} are dropped; keep them in a Connection")
    parsed = parsed._replace(
        scheme=scheme,
        netloc=netloc,
        # A slash at the end makes no difference.
        path=parsed.path.rstrip("/") or "/",
        query=urllib.parse.urlencode(sorted(urllib.parse.parse_qsl(parsed.query))),
        fragment="",
    )
    return urllib.parse.urlunsplit(_by_provider(parsed, uri))


def _by_provider(parsed: Any, uri: str) -> Any:
    normalizer = _get_uri_normalizer(parsed.scheme)
    if normalizer is None:
        return parsed
    try:
        return normalizer(parsed)
    except ValueError as error:
        from airflow.configuration import conf

        if conf.getboolean("core", "strict_dataset_uri_validation", fallback=False):
            raise
        _warn(f"the dataset URI {uri} is not of the form that AIP-60 asks for, which Airflow 3 refuses: {error}")
        return parsed


def _warn(message: str) -> None:
    from airflow._deprecation import warn

    warn(message, UserWarning)


def extract_event_key(value: Any) -> str:
    """The name of an alias, else the URI."""
    if isinstance(value, DatasetAlias):
        return value.name
    return value.uri if isinstance(value, Dataset) else _sanitize_uri(str(value))


def expand_alias_to_datasets(alias: Any, **kwargs: Any) -> list[BaseDataset]:
    """The datasets that tasks have found through the alias so far."""
    from airflow import _supervisor

    name = alias.name if isinstance(alias, DatasetAlias) else alias
    ask = getattr(_supervisor, "get_datasets_of_alias", None)
    if ask is None or not _supervisor.is_connected():
        # A DAG file that runs by itself has nobody to ask.
        return []
    return [Dataset(uri=found["uri"], extra=found.get("extra")) for found in ask(name)]


class BaseDataset:
    """A dataset, an alias, or a condition of them: `a & (b | c)`."""

    def __bool__(self) -> bool:
        return True

    def __or__(self, other: BaseDataset) -> BaseDataset:
        return DatasetAny(self, other) if isinstance(other, BaseDataset) else NotImplemented

    def __and__(self, other: BaseDataset) -> BaseDataset:
        return DatasetAll(self, other) if isinstance(other, BaseDataset) else NotImplemented

    def as_expression(self) -> Any:
        """The condition as JSON: a URI, `{"any": […]}`, `{"all": […]}` or `{"alias": …}`."""
        raise NotImplementedError

    def evaluate(self, statuses: dict[str, bool]) -> bool:
        """Whether the condition holds, given which datasets were updated."""
        raise NotImplementedError

    def iter_datasets(self) -> Iterator[tuple[str, Dataset]]:
        raise NotImplementedError

    def iter_dataset_aliases(self) -> Iterator[DatasetAlias]:
        raise NotImplementedError

    def iter_dag_dependencies(self, *, source: str, target: str) -> Iterator[Any]:
        raise NotImplementedError


def _dependency(source: str, target: str, kind: str, name: str) -> Any:
    from airflow.serialization.dag_dependency import DagDependency

    return DagDependency(source=source, target=target, dependency_type=kind, dependency_id=name)


class DatasetAlias(BaseDataset):
    """A name for datasets that are only known when a task runs."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return self.name == other.name if isinstance(other, DatasetAlias) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"DatasetAlias(name={self.name!r})"

    def iter_dag_dependencies(self, *, source: str, target: str) -> Iterator[Any]:
        kind = "dataset-alias"
        yield _dependency(source or kind, target or kind, kind, self.name)


class Dataset(os.PathLike, BaseDataset):
    """Something that tasks read and update, by its URI."""

    __version__: ClassVar[int] = 1

    def __init__(self, uri: str, extra: dict[str, Any] | None = None) -> None:
        self.uri = _sanitize_uri(uri)
        self.extra = extra

    def __fspath__(self) -> str:
        return self.uri

    def __eq__(self, other: object) -> bool:
        return self.uri == other.uri if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.uri)

    def __repr__(self) -> str:
        return f"Dataset(uri={self.uri!r}, extra={self.extra!r})"

    @property
    def normalized_uri(self) -> str | None:
        """The URI in the form that AIP-60 asks for; None where there is none."""
        import urllib.parse

        normalizer = _get_uri_normalizer(scheme) if (scheme := _get_normalized_scheme(self.uri)) else None
        if normalizer is None:
            return None
        try:
            return urllib.parse.urlunsplit(normalizer(urllib.parse.urlsplit(self.uri)))
        except ValueError:
            return None

    def as_expression(self) -> Any:
        return self.uri

    def iter_datasets(self) -> Iterator[tuple[str, Dataset]]:
        yield self.uri, self

    def iter_dataset_aliases(self) -> Iterator[DatasetAlias]:
        return iter(())

    def evaluate(self, statuses: dict[str, bool]) -> bool:
        return statuses.get(self.uri, False)

    def iter_dag_dependencies(self, *, source: str, target: str) -> Iterator[Any]:
        yield _dependency(source or "dataset", target or "dataset", "dataset", self.uri)


class _DatasetBooleanCondition(BaseDataset):
    """Several conditions as one."""

    agg_func: Any
    objects: list[Any]

    def __init__(self, *objects: BaseDataset) -> None:
        for item in objects:
            if not isinstance(item, BaseDataset):
                raise TypeError(f"a condition is made of datasets, aliases and conditions, not {item!r}")
        self.objects = [_DatasetAliasCondition(o.name) if isinstance(o, DatasetAlias) else o for o in objects]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(str, self.objects))})"

    def evaluate(self, statuses: dict[str, bool]) -> bool:
        return self.agg_func(item.evaluate(statuses=statuses) for item in self.objects)

    def iter_datasets(self) -> Iterator[tuple[str, Dataset]]:
        seen: set[str] = set()
        for item in self.objects:
            for uri, found in item.iter_datasets():
                if uri not in seen:
                    seen.add(uri)
                    yield uri, found

    def iter_dataset_aliases(self) -> Iterator[DatasetAlias]:
        for item in self.objects:
            yield from item.iter_dataset_aliases()

    def iter_dag_dependencies(self, *, source: str, target: str) -> Iterator[Any]:
        for item in self.objects:
            yield from item.iter_dag_dependencies(source=source, target=target)


class DatasetAny(_DatasetBooleanCondition):
    """Holds when one of them does."""

    agg_func = any

    def __or__(self, other: BaseDataset) -> BaseDataset:
        return DatasetAny(*self.objects, other) if isinstance(other, BaseDataset) else NotImplemented

    def as_expression(self) -> Any:
        return {"any": [item.as_expression() for item in self.objects]}


class _DatasetAliasCondition(DatasetAny):
    """An alias in a condition: any of the datasets that it stands for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.objects = expand_alias_to_datasets(name)

    def as_expression(self) -> Any:
        return {"alias": self.name}

    def iter_dataset_aliases(self) -> Iterator[DatasetAlias]:
        yield DatasetAlias(self.name)

    def iter_dag_dependencies(self, *, source: str = "", target: str = "") -> Iterator[Any]:
        if not self.objects:
            yield from DatasetAlias(self.name).iter_dag_dependencies(source=source, target=target)
        own = f"dataset-alias:{self.name}"
        for item in self.objects:
            uri = item.uri
            yield _dependency(own if source else "dataset", "dataset" if source else own, "dataset", uri)
            yield _dependency(source or f"dataset:{uri}", target or f"dataset:{uri}", "dataset-alias", self.name)


class DatasetAll(_DatasetBooleanCondition):
    """Holds when all of them do."""

    agg_func = all

    def __and__(self, other: BaseDataset) -> BaseDataset:
        return DatasetAll(*self.objects, other) if isinstance(other, BaseDataset) else NotImplemented

    def as_expression(self) -> Any:
        return {"all": [item.as_expression() for item in self.objects]}
