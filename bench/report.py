"""The figures as Markdown."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass

from bench import loads, measure, memory, ready, side


@dataclass
class Columns:
    """One side each; what was not measured is None."""

    updraft: measure.Measured
    bundled: measure.Measured | None = None
    stock: measure.Measured | None = None

    def all(self) -> list[tuple[str, measure.Measured | None]]:
        return [("stock", self.stock), ("Updraft", self.updraft), ("Updraft bundled", self.bundled)]

    def seconds(self, key: str) -> list[list[float]]:
        return [found.seconds.get(key, []) if found else [] for _, found in self.all()]


@dataclass
class Report:
    """What was measured on one kind of database."""

    database: str
    columns: Columns
    bare_python: list[float]

    def markdown(self) -> str:
        lines = [
            f"## {'SQLite' if self.database == 'sqlite' else 'PostgreSQL'}",
            "",
            f"Updraft: Local executor, {side.SLOTS} slots. Stock: {self._stock_executor()}.",
            "",
            "| work | stock Airflow | Updraft, apache-airflow | ratio | Updraft, bundled API | ratio |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines += [row for load in loads.LOADS for row in self._load_rows(load)]
        lines += self._row(f"`dags reserialize` of {measure.FILES} DAG files, not the first in its home", "parse_300")
        lines += self._row("the same of Airflow's example DAGs, until it ends", "parse_examples")
        lines += self._row("second start until a run begins that was triggered before", "start")
        lines += self._ready_rows()
        lines += self._cost_per_task()
        lines += self._memory_row()
        return "\n".join([*lines, "", *self._processes()])

    def _stock_executor(self) -> str:
        if self.database == "sqlite":
            return "Sequential executor, one task after the other: it refuses any other on SQLite"
        return f"Local executor, {side.SLOTS} slots"

    def _row(self, title: str, key: str) -> list[str]:
        stock, updraft, bundled = self.columns.seconds(key)
        if not stock and not updraft and not bundled:
            return []
        cells = [_times(stock), _times(updraft), _ratio(stock, updraft), _times(bundled), _ratio(stock, bundled)]
        return [_line(title, *cells)]

    def _load_rows(self, load: loads.Load) -> list[str]:
        lines = self._row(load.title, load.dag_id)
        if lines and load.dag_id == loads.FIBO33 and self.bare_python:
            own = statistics.median(self.bare_python)
            sides = self.columns.seconds(load.dag_id)
            over = [f"{statistics.median(times) / own:.2f}" if times else "–" for times in sides]
            title = f"the same, divided by Python's own time for it ({_times(self.bare_python)})"
            lines.append(_line(title, over[0], over[1], "", over[2], ""))
        return lines

    def _ready_rows(self) -> list[str]:
        title = f"scheduler alone: one pass over {ready.COUNT:,} ready task instances to queued"
        lines = self._row(title, "ready")
        stock = self.columns.stock
        if stock and (at_once := stock.seconds.get("ready_at_once")):
            lines.append(
                _line("the same, stock with `max_tis_per_query` 0 and not 16", _times(at_once), "", "", "", "")
            )
        counts = [found.statements.get("ready") if found else None for _, found in self.columns.all()]
        if any(counts):
            cells = [f"{count:,}" if count else "–" for count in counts]
            lines.append(_line("statements of that pass", cells[0], cells[1], "", cells[2], ""))
        return lines

    def _cost_per_task(self) -> list[str]:
        cells = []
        for small, large in zip(self.columns.seconds("wide_30"), self.columns.seconds("wide_3000"), strict=True):
            if not small or not large:
                cells.append("–")
                continue
            costs = statistics.median(small) / 30 * 1000, statistics.median(large) / 3000 * 1000
            cells.append(f"{costs[0]:.1f} ms, {costs[1]:.1f} ms; {costs[1] / costs[0]:.2f}")
        if not any(cell != "–" for cell in cells):
            return []
        title = "cost per task in a DAG of 30, and of 3,000; the second divided by the first"
        return [_line(title, cells[0], cells[1], "", cells[2], "")]

    def _memory_row(self) -> list[str]:
        part = "scheduler and workers"
        sides = [found.idle.get(part, []) if found else [] for _, found in self.columns.all()]
        if not any(sides):
            return []
        stock, updraft, bundled = ([memory.total(processes)] if processes else [] for processes in sides)
        title = f"memory when idle: {part}, {len(loads.LOADS) + 1} DAGs (proportional set size)"
        cells = [_mb(stock), _mb(updraft), _ratio(stock, updraft), _mb(bundled), _ratio(stock, bundled)]
        return [_line(title, *cells)]

    def _processes(self) -> list[str]:
        rows = []
        for name, found in self.columns.all():
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


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _mb(figures: list[float]) -> str:
    return f"{figures[0]:.0f} MB" if figures else "–"


def _times(seconds: list[float]) -> str:
    if not seconds:
        return "–"
    median = f"{statistics.median(seconds):.2f} s"
    return median if len(seconds) == 1 else f"{median} ({min(seconds):.2f}–{max(seconds):.2f})"


def _ratio(stock: list[float], updraft: list[float]) -> str:
    return f"{statistics.median(stock) / statistics.median(updraft):.1f}×" if stock and updraft else "–"
