"""The name of the pool that every task is in, unless it names another."""

from __future__ import annotations

from airflow.exceptions import AirflowException


class PoolNotFound(AirflowException):
    """There is no such pool."""


class Pool:
    """Pools are kept by the scheduler; a DAG file only names them."""

    DEFAULT_POOL_NAME = "default_pool"

    @staticmethod
    def is_default_pool(id: int) -> bool:
        return id == 1

    @staticmethod
    def get_pools(*args: object, **kwargs: object) -> None:
        _no_database("get_pools")

    @staticmethod
    def get_pool(*args: object, **kwargs: object) -> None:
        _no_database("get_pool")

    @staticmethod
    def create_or_update_pool(*args: object, **kwargs: object) -> None:
        _no_database("create_or_update_pool")

    @staticmethod
    def delete_pool(*args: object, **kwargs: object) -> None:
        _no_database("delete_pool")


def _no_database(name: str) -> None:
    raise AirflowException(
        f"Pool.{name} needs the metadata database, which tasks on the bundled API do not reach: "
        "use the command `updraft pools` or the REST API"
    )
