"""One column of a cron expression: from its text to the values that it names, as croniter 6 reads it."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DAYS = {name: number for number, name in enumerate("sun mon tue wed thu fri sat".split())}
MINUTE, HOUR, DAY, MONTH, WEEKDAY, SECOND, YEAR = range(7)
#: Name, smallest and greatest value, names of values; in the order in which an expression has them.
_COLUMNS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
    ("second", 0, 59, {}),
    ("year", 1970, 2099, {}),
)
#: Other numbers for the same value, by column and number of columns: croniter takes 7 for Sunday only in expressions
#: of five columns, and day 0 for day 1 only in those of six.
_ALIASES = {(WEEKDAY, 7, 5): 0, (DAY, 0, 6): 1}
_RANGE = re.compile(r"([^-]+)-([^-/]+)(?:/([0-9]+))?")
#: The week in which a weekday is the last of its month.
LAST_WEEK = 0


class CronError(ValueError):
    """An expression that is no cron expression, or that names no moment."""


class Column:
    """What the text of a column names.

    :ivar values: the values
    :ivar star: whether a lone `*` or `?` is among its items
    :ivar last_day: whether `L`, the last day of the month, is
    :ivar nth: weekdays that are bound to a week of the month: (weekday, 1 to 5 or LAST_WEEK)
    """

    def __init__(self, position: int, text: str, count: int) -> None:
        self.position = position
        self.name, self.smallest, self.greatest, self._names = _COLUMNS[position]
        self._count = count
        self.values: set[int] = set()
        self.star = False
        self.last_day = False
        self.nth: set[tuple[int, int]] = set()
        if text == "?" and position in (DAY, WEEKDAY):
            self.star = True
            return
        for item in text.split(","):
            self._item(item)

    def names_every_value(self) -> bool:
        """Whether its items come to as many as there are values."""
        return len(self.values) + self.star + self.last_day == self.greatest - self.smallest + 1

    def _item(self, item: str) -> None:
        item, week = self._split_week(item)
        if len(item) > 2 and item.startswith("*/"):
            item = f"{self.smallest}-{self.greatest}{item[1:]}"
        # `10/5` means `10-59/5`.
        start, _, step = item.rpartition("/")
        span = _RANGE.fullmatch(item) or (start and step and _RANGE.fullmatch(f"{start}-{self.greatest}/{step}"))
        if span:
            for value in self._range(item, *span.groups()):
                self._add(self._alias(value), item, week)
        elif item == "*":
            self.star = True
        elif item == "l" and self.position == DAY:
            self.last_day = True
        else:
            self._add(self._number(item), item, week)

    def _split_week(self, item: str) -> tuple[str, int | None]:
        """The days and the week of `mon#2` and `l5`. Of spans only those between names may have a week."""
        if self.position != WEEKDAY:
            return item, None
        if item[0:1] == "l" and _is_number(item[1:]):
            return item[1:], LAST_WEEK
        days, mark, week = item.partition("#")
        if not mark:
            return item, None
        ends = days.split("-")
        known = re.fullmatch(r"\w+", days) or (len(ends) == 2 and all(end in self._names for end in ends))
        if not known or not re.fullmatch("0*[1-5]", week):
            raise CronError(f"{item!r} has to name a day and which one of the month, the first to the fifth: mon#1")
        return days, int(week)

    def _range(self, item: str, low: str, high: str, step_text: str | None) -> Iterator[int]:
        first = self._number(low)
        last = 31 if high == "l" and self.position == DAY else self._number(high)
        if max(first, last) > self.greatest:
            raise self._out_of_range(item)
        step = int(step_text) if step_text else 1
        if step == 0:
            raise CronError(f"the step in {item!r} has to be a whole number from 1")
        if first < last:
            yield from range(first, last + 1, step)
        elif first == last:
            # Once around: `mon-mon` is the whole week.
            yield from range(self.smallest, self.greatest + 1, step)
        else:
            before = range(first, self.greatest + 1, step)
            yield from before
            yield from range(self.smallest + self._carried(before[-1], step), last + 1, step)

    def _carried(self, last: int, step: int) -> int:
        """How many values a span around the end leaves out after it, to keep its step: croniter's own count, which
        does not keep it in every case."""
        behind = self.greatest - last
        if last - self.smallest + step > self.greatest - self.smallest + 1 and behind < step:
            return step - behind
        return 0

    def _number(self, text: str) -> int:
        value = self._names.get(text)
        if value is None:
            if not _is_number(text):
                raise CronError(f"{text!r} is no {self.name}")
            value = int(text)
        return self._alias(value)

    def _alias(self, value: int) -> int:
        return _ALIASES.get((self.position, value, self._count), value)

    def _add(self, value: int, item: str, week: int | None) -> None:
        if not self.smallest <= value <= self.greatest:
            raise self._out_of_range(item)
        self.values.add(value)
        if week is not None:
            self.nth.add((value, week))

    def _out_of_range(self, item: str) -> CronError:
        return CronError(f"the {self.name} has to be from {self.smallest} to {self.greatest}, not {item}")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
