"""The figures as Markdown."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass

from bench import loads, measure, memory, side


@dataclass
class Report:
    """What was measured on one kind of database."""

    database: str
    stock: measure.Measured | None
    updraft: measure.Measured
    bare_python: list[float]

    def markdown(self) -> str:
        lines = [
            f"## {'SQLite' if self.database == 'sqlite' else 'PostgreSQL'}",
            "",
            f"Updraft: Local executor, {side.SLOTS} slots. Stock: {self._stock_executor()}.",
            "",
            "| work | stock Airflow | Updraft | ratio |",
            "| --- | --- | --- | --- |",
        ]
        lines += [row for load in loads.LOADS for row in self._load_rows(load)]
        lines += self._row(f"`dags reserialize` of {measure.FILES} DAG files on an empty database", "parse_300")
        lines += self._cost_per_task()
        lines += self._memory_row()
        return "\n".join([*lines, "", *self._processes()])

    def _stock_executor(self) -> str:
        if self.database == "sqlite":
            return "Sequential executor, one task after the other: it refuses any other on SQLite"
        return f"Local executor, {side.SLOTS} slots"

    def _seconds(self, key: str) -> tuple[list[float], list[float]]:
        return (self.stock.seconds.get(key, []) if self.stock else []), self.updraft.seconds.get(key, [])

    def _row(self, title: str, key: str) -> list[str]:
        left, right = self._seconds(key)
        if not left and not right:
            return []
        return [f"| {title} | {_times(left)} | {_times(right)} | {_ratio(left, right)} |"]

    def _load_rows(self, load: loads.Load) -> list[str]:
        lines = self._row(load.title, load.dag_id)
        if lines and load.dag_id == loads.FIBO33 and self.bare_python:
            own = statistics.median(self.bare_python)
            over = [f"{statistics.median(times) / own:.2f}" if times else "–" for times in self._seconds(load.dag_id)]
            title = f"the same, divided by Python's own time for it ({_times(self.bare_python)})"
            lines.append(f"| {title} | {over[0]} | {over[1]} | |")
        return lines

    def _cost_per_task(self) -> list[str]:
        small, large = (self.updraft.seconds.get(key) for key in ("wide_30", "wide_3000"))
        if not small or not large:
            return []
        costs = statistics.median(small) / 30 * 1000, statistics.median(large) / 3000 * 1000
        title = "cost per task in a DAG of 30, and of 3,000; the second divided by the first"
        return [f"| {title} | – | {costs[0]:.1f} ms, {costs[1]:.1f} ms; {costs[1] / costs[0]:.2f} | |"]

    def _memory_row(self) -> list[str]:
        part = "scheduler and workers"
        left, right = (found.idle.get(part, []) if found else [] for found in (self.stock, self.updraft))
        if not left and not right:
            return []
        sums = [[memory.total(processes)] if processes else [] for processes in (left, right)]
        cells = [f"{figures[0]:.0f} MB" if figures else "–" for figures in sums]
        title = f"memory when idle: {part}, {len(loads.LOADS)} DAGs (proportional set size)"
        return [f"| {title} | {cells[0]} | {cells[1]} | {_ratio(*sums)} |"]

    def _processes(self) -> list[str]:
        rows = []
        for name, found in (("stock", self.stock), ("Updraft", self.updraft)):
            for part, processes in found.idle.items() if found else ():
                counts = Counter(process.name for process in processes)
                for process, count in counts.items():
                    pss = sum(one.pss for one in processes if one.name == process)
                    rows.append(f"| {name} | {part} | {count} × `{process.replace('|', ' ')}` | {pss:.0f} |")
                rows.append(f"| {name} | {part} | all | {memory.total(processes):.0f} |")
        if not rows:
            return []
        return [
            "Every process when idle. Updraft has no web server yet, so stock's is not in the ratio above.",
            "",
            "| side | part | processes | MB |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]


def _times(seconds: list[float]) -> str:
    if not seconds:
        return "–"
    median = f"{statistics.median(seconds):.2f} s"
    return median if len(seconds) == 1 else f"{median} ({min(seconds):.2f}–{max(seconds):.2f})"


def _ratio(stock: list[float], updraft: list[float]) -> str:
    return f"{statistics.median(stock) / statistics.median(updraft):.1f}×" if stock and updraft else "–"
