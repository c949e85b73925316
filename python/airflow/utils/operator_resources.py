"""What a task says it needs of a machine."""

from __future__ import annotations

from airflow.configuration import conf
from airflow.exceptions import AirflowException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MB = 1
GB = 1024 * MB
TB = 1024 * GB
PB = 1024 * TB
EB = 1024 * PB


class Resource:
    """A quantity with a name and a unit."""

    def __init__(self, name: str, units_str: str, qty: float) -> None:
        if qty < 0:
            raise AirflowException(f"the quantity of {name} cannot be negative: {qty}")
        self._name = name
        self._units_str = units_str
        self._qty = qty

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if isinstance(other, type(self)) else NotImplemented

    def __repr__(self) -> str:
        return str(self.__dict__)

    @property
    def name(self) -> str:
        return self._name

    @property
    def units_str(self) -> str:
        return self._units_str

    @property
    def qty(self) -> float:
        return self._qty

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "qty": self.qty, "units_str": self.units_str}


class CpuResource(Resource):
    """Processor cores."""

    def __init__(self, qty: float) -> None:
        super().__init__("CPU", "core(s)", qty)


class RamResource(Resource):
    """Memory in MB."""

    def __init__(self, qty: float) -> None:
        super().__init__("RAM", "MB", qty)


class DiskResource(Resource):
    """Disk in MB."""

    def __init__(self, qty: float) -> None:
        super().__init__("Disk", "MB", qty)


class GpuResource(Resource):
    """Graphics processors."""

    def __init__(self, qty: float) -> None:
        super().__init__("GPU", "gpu(s)", qty)


_KINDS = {"cpus": CpuResource, "ram": RamResource, "disk": DiskResource, "gpus": GpuResource}


class Resources:
    """All four kinds; what is not named is the deployment's default."""

    def __init__(
        self,
        cpus: float | None = None,
        ram: float | None = None,
        disk: float | None = None,
        gpus: float | None = None,
    ) -> None:
        given = {"cpus": cpus, "ram": ram, "disk": disk, "gpus": gpus}
        for name, kind in _KINDS.items():
            quantity = given[name]
            if quantity is None:
                quantity = conf.getint("operators", f"default_{name}")
            setattr(self, name, kind(quantity))

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if isinstance(other, type(self)) else NotImplemented

    def __repr__(self) -> str:
        return str(self.__dict__)

    def to_dict(self) -> dict[str, dict[str, Any]]:
        return {name: getattr(self, name).to_dict() for name in _KINDS}

    @classmethod
    def from_dict(cls, resources_dict: dict[str, dict[str, Any]]) -> Resources:
        return cls(**{name: resources_dict[name]["qty"] for name in _KINDS})
