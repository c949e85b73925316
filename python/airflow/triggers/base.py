"""The base of triggers, so that what defines one can be imported."""

from __future__ import annotations

import abc
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from airflow.utils.log.logging_mixin import LoggingMixin


@dataclass
class StartTriggerArgs:
    """What a task that begins in the triggerer is started with."""

    trigger_cls: str
    next_method: str
    trigger_kwargs: dict[str, Any] | None = None
    next_kwargs: dict[str, Any] | None = None
    timeout: timedelta | None = None


class BaseTrigger(abc.ABC, LoggingMixin):
    """Waits asynchronously for something."""

    def __init__(self, **kwargs: Any) -> None:
        self.task_instance = None
        self.trigger_id = None

    @abc.abstractmethod
    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The path of the class, and the arguments that make this trigger again."""

    @abc.abstractmethod
    def run(self) -> AsyncIterator[TriggerEvent]:
        """Yields an event when the wait is over."""

    async def cleanup(self) -> None:
        """Called when nobody needs the trigger any more."""

    def __repr__(self) -> str:
        path, arguments = self.serialize()
        return f"<{path} {', '.join(f'{key}={value}' for key, value in arguments.items())}>"


class TriggerEvent:
    """What a trigger tells the task that waits."""

    def __init__(self, payload: Any) -> None:
        self.payload = payload

    def __repr__(self) -> str:
        return f"TriggerEvent<{self.payload!r}>"

    def __eq__(self, other: object) -> bool:
        return self.payload == other.payload if isinstance(other, TriggerEvent) else False

    __hash__ = None  # type: ignore[assignment]
