"""Pins, on both sides, what would otherwise depend on the hour or the day at which a DAG runs.

A copy lies in the `config` folder of either side's home, so it is a user's cluster policy to them.
"""

from __future__ import annotations

import datetime

# For docs/compatibility.md: DAG id -> how its wall clock was taken away.
PINNED = {
    "example_branch_datetime_operator": "`use_task_logical_date` is set on the branch, which else looks at the clock",
    "example_branch_datetime_operator_2": "`use_task_logical_date` is set on the branch, which else looks at the clock",
    "example_weekday_branch_operator": "`use_task_logical_date` is set on both branches, which else look at the clock",
    "example_sensors": (
        "`use_task_logical_date` is set on the weekday sensor; the sensors whose target is the minute or the hour "
        "after the DAG was parsed get the first or the last moment of the day, or of 2124, instead"
    ),
}
LONG_AGO = datetime.datetime(2024, 6, 3, tzinfo=datetime.UTC)
FAR_AHEAD = datetime.datetime(2124, 6, 3, tzinfo=datetime.UTC)


def task_policy(task) -> None:
    if hasattr(task, "use_task_logical_date"):
        task.use_task_logical_date = True
    # Sensors ask once a second, so that the runs end soon.
    if hasattr(task, "poke_interval"):
        task.poke_interval = min(task.poke_interval, 1)
    if task.dag_id == "example_sensors":
        at_once = task.task_id.startswith("fire_immediately")
        if task.task_type == "TimeSensor":
            task.target_time = datetime.time.min if at_once else datetime.time.max
        elif task.task_type == "TimeSensorAsync":
            task.target_datetime = LONG_AGO if at_once else FAR_AHEAD
