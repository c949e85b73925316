"""Arrows between many tasks at once."""

from __future__ import annotations

from collections.abc import Sequence

from airflow.exceptions import AirflowException
from airflow.models.taskmixin import DependencyMixin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    Chainable = Union[DependencyMixin, Sequence[DependencyMixin]]


def chain(*tasks: Chainable) -> None:
    """Puts each task after the one before it.

    Two lists that follow each other have to be of the same length: their tasks are paired.

        chain(t1, [t2, t3], [t4, t5], t6)  # t1 >> t2 >> t4 >> t6 and t1 >> t3 >> t5 >> t6
    """
    for before, after in zip(tasks, tasks[1:]):
        if isinstance(before, DependencyMixin):
            before.set_downstream(after)
        elif isinstance(after, DependencyMixin):
            after.set_upstream(before)
        else:
            _pair(before, after)


def _pair(before: Sequence[DependencyMixin], after: Sequence[DependencyMixin]) -> None:
    if not isinstance(before, Sequence) or not isinstance(after, Sequence):
        raise TypeError(f"chain takes tasks and lists of tasks, not {type(before).__name__} and {type(after).__name__}")
    if len(before) != len(after):
        raise AirflowException(
            f"chain pairs the tasks of two lists, which have {len(before)} and {len(after)} here; "
            "use cross_downstream or chain_linear to put all of one after all of the other"
        )
    for up, down in zip(before, after):
        up.set_downstream(down)


def cross_downstream(from_tasks: Sequence[DependencyMixin], to_tasks: Chainable) -> None:
    """Puts every task of the second after every task of the first."""
    for task in from_tasks:
        task.set_downstream(to_tasks)


def chain_linear(*elements: Chainable) -> None:
    """Puts every task of an element after every task of the element before it."""
    if not elements:
        raise ValueError("chain_linear was given no tasks")
    from airflow.utils.edgemodifier import EdgeModifier

    if any(isinstance(element, EdgeModifier) for element in elements):
        raise ValueError("chain_linear takes no labels; use `task >> Label('…') >> other`")
    lists = [[element] if isinstance(element, DependencyMixin) else element for element in elements]
    arrows = 0
    for before, after in zip(lists, elements[1:]):
        for task in before:
            task.set_downstream(after)
            arrows += 1
    if not arrows:
        raise ValueError("chain_linear drew no arrow; was a * before the list forgotten?")
