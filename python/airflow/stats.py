"""`Stats`, to which tasks may send metrics of their own. Nothing collects them yet."""

from __future__ import annotations

from airflow.metrics.base_stats_logger import NoStatsLogger


class Stats(NoStatsLogger):
    """Takes metrics."""

    instance: NoStatsLogger = NoStatsLogger()
