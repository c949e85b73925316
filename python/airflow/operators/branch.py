"""Follows some of the tasks downstream and skips the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow.models.baseoperator import BaseOperator
from airflow.models.skipmixin import SkipMixin


class BranchMixIn(SkipMixin):
    """For operators that choose among the tasks downstream."""

    def do_branch(self, context: Any, branches_to_execute: str | Iterable[str] | None) -> Any:
        """Skips what is not chosen: ids of tasks or of task groups."""
        self.log.info("Branch into %s", branches_to_execute)
        chosen = self._expand_task_group_roots(context["ti"], branches_to_execute)
        self.skip_all_except(context["ti"], chosen)
        return branches_to_execute

    def _expand_task_group_roots(self, ti: Any, branches_to_execute: Any) -> Any:
        """Puts the first tasks of a group in its place."""
        if branches_to_execute is None:
            return None
        if isinstance(branches_to_execute, str):
            branches_to_execute = [branches_to_execute]
        elif not isinstance(branches_to_execute, Iterable):
            # What is wrong with it is said where ids are checked.
            return branches_to_execute
        groups = ti.task.dag.task_group_dict
        found: list[Any] = []
        for branch in branches_to_execute:
            group = groups.get(branch) if isinstance(branch, str) else None
            found.extend([branch] if group is None else [root.task_id for root in group.roots])
        return found


class BaseBranchOperator(BaseOperator, BranchMixIn):
    """Base of operators that choose among the tasks downstream: override `choose_branch`."""

    def choose_branch(self, context: Any) -> str | Iterable[str] | None:
        """The ids of the tasks or task groups to follow; None follows none."""
        raise NotImplementedError

    def execute(self, context: Any) -> Any:
        return self.do_branch(context, self.choose_branch(context))
