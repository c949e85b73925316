"""What a task says of an update of a dataset."""

from __future__ import annotations

from airflow.datasets import Dataset, DatasetAlias, extract_event_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Metadata:
    """Yielded by a task: extra information for the event of an outlet.

    yield Metadata(dataset, {"rows": 12})
    """

    def __init__(self, target: str | Dataset, extra: dict[str, Any], alias: DatasetAlias | str | None = None) -> None:
        if isinstance(target, str):
            from airflow._deprecation import warn

            warn("Metadata with the URI of a dataset is deprecated; pass the Dataset", DeprecationWarning)
        self.uri = extract_event_key(target)
        self.extra = extra
        if isinstance(alias, DatasetAlias):
            self.alias_name: str | None = alias.name
        else:
            self.alias_name = alias
