"""What a task may be."""

from __future__ import annotations

from typing import Union

from airflow.models.baseoperator import BaseOperator
from airflow.models.mappedoperator import MappedOperator

Operator = Union[BaseOperator, MappedOperator]
