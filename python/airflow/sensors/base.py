"""The base of sensors: looks again and again until a condition holds."""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Callable

from airflow.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferralError,
)
from airflow.models.baseoperator import BaseOperator
from airflow.models.skipmixin import SkipMixin
from airflow.ti_deps.deps.ready_to_reschedule import ReadyToRescheduleDep
from airflow.utils import timezone

_LONGEST_WAIT = timedelta.max.total_seconds() - 1


class PokeReturnValue:
    """What `poke` may return instead of a bool, to give the sensor an XCom."""

    def __init__(self, is_done: bool, xcom_value: Any | None = None) -> None:
        self.xcom_value = xcom_value
        self.is_done = is_done

    def __bool__(self) -> bool:
        return self.is_done


def _default_timeout() -> float:
    from airflow.configuration import conf

    return conf.getfloat("sensors", "default_timeout", fallback=60 * 60 * 24 * 7)


class BaseSensorOperator(BaseOperator, SkipMixin):
    """Calls `poke` until it is true, or until `timeout` seconds are over, which fails the task for good.

    :param poke_interval: seconds, or a timedelta, between two looks
    :param timeout: how long to wait, counted from the first look, also over reschedules. `execution_timeout`
        limits a single process of the task instead
    :param soft_fail: skips the task instead of failing it
    :param mode: ``poke`` waits in the task's process and keeps its slot. ``reschedule`` ends the process and
        starts another for the next look, which suits waits of more than a minute
    :param exponential_backoff: waits longer from look to look
    :param max_wait: the longest wait between two looks
    :param silent_fail: an exception in `poke` is logged and counts as "not yet"
    :param never_fail: an exception in `poke` skips the task
    """

    ui_color: str = "#e6f1f2"
    valid_modes: Iterable[str] = ["poke", "reschedule"]

    deps = BaseOperator.deps | {ReadyToRescheduleDep()}

    def __init__(
        self,
        *,
        poke_interval: timedelta | float = 60,
        timeout: timedelta | float | None = None,
        soft_fail: bool = False,
        mode: str = "poke",
        exponential_backoff: bool = False,
        max_wait: timedelta | float | None = None,
        silent_fail: bool = False,
        never_fail: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.poke_interval = self._coerce_poke_interval(poke_interval).total_seconds()
        self.soft_fail = soft_fail
        self.timeout = self._coerce_timeout(_default_timeout() if timeout is None else timeout).total_seconds()
        self.mode = mode
        self.exponential_backoff = exponential_backoff
        self.max_wait = self._coerce_max_wait(max_wait)
        if soft_fail is True and never_fail is True:
            raise ValueError("soft_fail and never_fail exclude each other")
        self.silent_fail = silent_fail
        self.never_fail = never_fail
        self._validate_input_values()

    @staticmethod
    def _coerce_poke_interval(poke_interval: Any) -> timedelta:
        return _seconds("poke_interval", poke_interval)

    @staticmethod
    def _coerce_timeout(timeout: Any) -> timedelta:
        return _seconds("timeout", timeout)

    @staticmethod
    def _coerce_max_wait(max_wait: Any) -> timedelta | None:
        return None if max_wait is None else _seconds("max_wait", max_wait)

    def _validate_input_values(self) -> None:
        for name in ("poke_interval", "timeout"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or value < 0:
                raise AirflowException(f"{name} has to be a number of seconds that is not negative")
        if self.mode not in self.valid_modes:
            raise AirflowException(f"mode has to be one of {self.valid_modes}, not {self.mode!r}, in {self.task_id!r}")

    def poke(self, context: Any) -> bool | PokeReturnValue:
        """Whether the wait is over. Every sensor overrides it."""
        raise AirflowException("Override me.")

    def execute(self, context: Any) -> Any:
        started_at, run_duration = self._clock(context["ti"]) if self.reschedule else _monotonic_clock()
        poke_count = 1
        while True:
            found = self._poke_once(context)
            if found:
                self.log.info("Success criteria met. Exiting.")
                return found.xcom_value if isinstance(found, PokeReturnValue) else None
            if run_duration() > self.timeout:
                message = (
                    f"Sensor has timed out; run duration of {run_duration()} seconds exceeds "
                    f"the specified timeout of {self.timeout}."
                )
                raise (AirflowSkipException if self.soft_fail else AirflowSensorTimeout)(message)
            wait = self._get_next_poke_interval(started_at, run_duration, poke_count)
            if self.reschedule:
                raise AirflowRescheduleException(timezone.utcnow() + timedelta(seconds=wait))
            time.sleep(wait)
            poke_count += 1

    def _clock(self, ti: Any) -> tuple[datetime, Callable[[], float]]:
        """The time since the first look, which another process may have taken."""
        from airflow import _supervisor

        first_try_number = (ti.max_tries or 0) - (self.retries or 0) + 1
        text = _supervisor.first_reschedule(first_try_number) if _supervisor.is_connected() else None
        start = timezone.utcnow() if text is None else timezone.parse(text)
        return start, lambda: (timezone.utcnow() - start).total_seconds()

    def _poke_once(self, context: Any) -> Any:
        try:
            return self.poke(context)
        except AirflowSkipException:
            raise
        except (AirflowSensorTimeout, AirflowTaskTimeout, AirflowFailException) as error:
            if self.soft_fail or self.never_fail:
                raise self._skip_because(error) from error
            raise
        except Exception as error:
            if self.silent_fail:
                self.log.error("Sensor poke failed: \n %s", traceback.format_exc())
                return False
            if self.never_fail:
                raise self._skip_because(error) from error
            raise

    def _skip_because(self, error: BaseException) -> AirflowSkipException:
        name = "soft_fail" if self.soft_fail else "never_fail"
        return AirflowSkipException(f"the sensor failed with {error!r} and is skipped, because {name} is set")

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except (AirflowException, TaskDeferralError) as error:
            if self.soft_fail:
                raise AirflowSkipException(str(error)) from error
            raise

    def _get_next_poke_interval(
        self, started_at: datetime | float, run_duration: Callable[[], float], poke_count: int
    ) -> float:
        """Seconds until the next look: with a backoff they double each time, and have some jitter."""
        if not self.exponential_backoff:
            return self.poke_interval
        if self.reschedule:
            # Nobody counted the looks of earlier processes: they follow from the time that has passed.
            elapsed, passed, poke_count = run_duration(), 0.0, 0
            while passed <= elapsed:
                poke_count += 1
                passed += self._backoff(started_at, poke_count)
        wait = min(self.timeout - int(run_duration()), self._backoff(started_at, poke_count))
        if self.max_wait:
            wait = min(self.max_wait.total_seconds(), wait)
        self.log.info("new %s interval is %s", self.mode, wait)
        return wait

    def _backoff(self, started_at: datetime | float, poke_count: int) -> float:
        shortest = max(int(self.poke_interval * (2 ** (poke_count - 2))), 1)
        text = f"{self.dag_id}#{self.task_id}#{started_at}#{poke_count}"
        jitter = int(hashlib.sha1(text.encode()).hexdigest(), 16) % shortest
        return min(shortest + jitter, _LONGEST_WAIT)

    @property
    def reschedule(self) -> bool:
        """Whether the sensor waits outside of a process."""
        return self.mode == "reschedule"

    @classmethod
    def get_serialized_fields(cls) -> Any:
        return super().get_serialized_fields() | {"reschedule"}


def _monotonic_clock() -> tuple[float, Callable[[], float]]:
    start = time.monotonic()
    return start, lambda: time.monotonic() - start


def _seconds(name: str, value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, (int, float)) and value >= 0:
        return timedelta(seconds=value)
    raise AirflowException(f"{name} has to be a timedelta or a number of seconds that is not negative, not {value!r}")


def poke_mode_only(cls: Any) -> Any:
    """Class decorator for sensors that keep something in memory, and so cannot be rescheduled."""
    if not (isinstance(cls, type) and issubclass(cls, BaseSensorOperator)):
        raise ValueError(f"poke_mode_only is for subclasses of BaseSensorOperator, not {cls}")

    def get_mode(_self: Any) -> str:
        return "poke"

    def set_mode(_self: Any, value: str) -> None:
        if value != "poke":
            raise ValueError(f"the mode of this sensor is always 'poke', not {value!r}")

    cls.mode = property(get_mode, set_mode)
    return cls
