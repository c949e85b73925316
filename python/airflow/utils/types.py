"""Small types that many modules share."""

from __future__ import annotations

import enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from typing import Any, TypedDict

    class EdgeInfoType(TypedDict):
        """What a DAG knows of one edge."""

        label: str | None

else:
    EdgeInfoType = dict


class ArgNotSet:
    """The type of `NOTSET`: an argument that was not passed, where None is a value."""

    def __repr__(self) -> str:
        # A constant text: it ends up in serialized DAGs, whose hash has to be stable.
        return "NOTSET"

    def __reduce__(self) -> str:
        return "NOTSET"

    def __copy__(self) -> ArgNotSet:
        return self

    def __deepcopy__(self, memo: Any) -> ArgNotSet:
        return self


NOTSET = ArgNotSet()


class AttributeRemoved:
    """Stands where serialization took something away; any use of it is an error that names the attribute."""

    def __init__(self, attribute_name: str) -> None:
        self.attribute_name = attribute_name

    def __getattr__(self, item: str) -> Any:
        raise RuntimeError(f"{self.attribute_name} was left out of the serialized form; set it before {item!r} is used")


class DagRunType(str, enum.Enum):
    """What made a DAG run."""

    BACKFILL_JOB = "backfill"
    SCHEDULED = "scheduled"
    MANUAL = "manual"
    DATASET_TRIGGERED = "dataset_triggered"

    def __str__(self) -> str:
        return self.value

    def generate_run_id(self, logical_date: datetime.datetime) -> str:
        return f"{self}__{logical_date.isoformat()}"

    @staticmethod
    def from_run_id(run_id: str) -> DagRunType:
        for run_type in DagRunType:
            if run_id and run_id.startswith(f"{run_type.value}__"):
                return run_type
        return DagRunType.MANUAL
