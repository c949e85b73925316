"""How the weights of a task's relatives count for its priority."""

from __future__ import annotations

from enum import Enum

# The bounds of the database's column.
DB_SAFE_MINIMUM = -2147483648
DB_SAFE_MAXIMUM = 2147483647


def db_safe_priority(priority_weight: int) -> int:
    """The weight, kept within what the database can hold."""
    return max(DB_SAFE_MINIMUM, min(DB_SAFE_MAXIMUM, priority_weight))


class WeightRule(str, Enum):
    """Every weight rule."""

    DOWNSTREAM = "downstream"
    UPSTREAM = "upstream"
    ABSOLUTE = "absolute"

    @classmethod
    def is_valid(cls, weight_rule: str) -> bool:
        return weight_rule in cls._value2member_map_

    @classmethod
    def all_weight_rules(cls) -> set[str]:
        return set(cls.__members__.values())

    def __str__(self) -> str:
        return self.value
