"""The DAGs of a folder or file."""

from __future__ import annotations

import logging
import os
import warnings
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow import settings
from airflow.configuration import conf
from airflow.exceptions import (
    AirflowClusterPolicyError,
    AirflowClusterPolicySkipDag,
    AirflowClusterPolicyViolation,
    AirflowDagDuplicatedIdException,
    AirflowException,
    RemovedInAirflow3Warning,
)
from airflow.models._dag_context import DagContext
from airflow.models._dagbag_import import load_archive, load_file, recorded_warnings
from airflow.utils import timezone
from airflow.utils.dag_cycle_tester import check_cycle
from airflow.utils.file import correct_maybe_zipped, list_py_file_paths
from airflow.utils.types import NOTSET

if TYPE_CHECKING:
    from airflow.models.dag import DAG

_NO_DATABASE = (
    "The bundled API of Updraft reads DAGs from files only: there is no metadata database in this process. "
    "Ask the REST API for what is stored."
)


class FileLoadStat(NamedTuple):
    """How the import of one file went."""

    file: str
    duration: timedelta
    dag_num: int
    task_num: int
    dags: str
    warning_num: int


class DagBag:
    """Imports DAG files and keeps their DAGs by id, and their errors by file.

    :param dag_folder: a folder, a file or a zip archive; `[core] dags_folder` if not given
    :param safe_mode: imports only files that contain the words dag and airflow
    :param collect_dags: imports everything at once; else `process_file` is called for each file
    """

    def __init__(
        self,
        dag_folder: str | Path | None = None,
        include_examples: Any = NOTSET,
        safe_mode: Any = NOTSET,
        read_dags_from_db: bool = False,
        store_serialized_dags: bool | None = None,
        load_op_links: bool = True,
        collect_dags: bool = True,
    ) -> None:
        if read_dags_from_db or store_serialized_dags:
            raise AirflowException(_NO_DATABASE)
        self.dag_folder = dag_folder or settings.DAGS_FOLDER
        self.dags: dict[str, DAG] = {}
        self.file_last_changed: dict[str, datetime] = {}
        self.import_errors: dict[str, str] = {}
        self.captured_warnings: dict[str, tuple[str, ...]] = {}
        self.dagbag_stats: list[FileLoadStat] = []
        self.read_dags_from_db = False
        self.load_op_links = load_op_links
        self.dagbag_import_error_tracebacks = conf.getboolean("core", "dagbag_import_error_tracebacks")
        self.dagbag_import_error_traceback_depth = conf.getint("core", "dagbag_import_error_traceback_depth")
        if collect_dags:
            self.collect_dags(self.dag_folder, safe_mode=safe_mode)

    @property
    def log(self) -> logging.Logger:
        """Where errors of files go."""
        return logging.getLogger("airflow.models.dagbag.DagBag")

    def size(self) -> int:
        """The number of DAGs."""
        return len(self.dags)

    @property
    def store_serialized_dags(self) -> bool:
        """The old name of `read_dags_from_db`."""
        warnings.warn("Use read_dags_from_db instead", RemovedInAirflow3Warning, stacklevel=2)
        return self.read_dags_from_db

    @property
    def dag_ids(self) -> list[str]:
        """The ids of all DAGs."""
        return list(self.dags)

    def get_dag(self, dag_id: str, session: Any = None) -> DAG | None:
        """The DAG of this id, if any file defined it."""
        return self.dags.get(dag_id)

    def process_file(self, filepath: str | None, only_if_updated: bool = True, safe_mode: bool = True) -> list[DAG]:
        """Imports a file and takes its DAGs; gives those that are sound."""
        if filepath is None or not os.path.isfile(filepath):
            return []
        changed = datetime.fromtimestamp(os.path.getmtime(filepath))
        if only_if_updated and self.file_last_changed.get(filepath) == changed:
            return []
        DagContext.autoregistered_dags.clear()
        self.captured_warnings.pop(filepath, None)
        with recorded_warnings() as found_warnings:
            is_module = filepath.endswith(".py") or not zipfile.is_zipfile(filepath)
            modules = (load_file if is_module else load_archive)(filepath, safe_mode, self)
        if found_warnings:
            self.captured_warnings[filepath] = tuple(found_warnings)
        found = self._process_modules(modules, changed)
        self.file_last_changed[filepath] = changed
        return found

    def _process_modules(self, modules: list[Any], changed: datetime) -> list[DAG]:
        from airflow.models.dag import DAG

        pairs = [(value, module) for module in modules for value in vars(module).values() if isinstance(value, DAG)]
        pairs += DagContext.autoregistered_dags
        DagContext.current_autoregister_module_name = None
        DagContext.autoregistered_dags.clear()
        found: list[DAG] = []
        # A DAG may have several names.
        for dag, module in {id(dag): (dag, module) for dag, module in pairs}.values():
            dag.fileloc = module.__file__
            try:
                dag.validate()
                self.bag_dag(dag=dag, root_dag=dag)
            except AirflowClusterPolicySkipDag:
                continue
            except Exception as error:
                self.log.exception("Failed to bag_dag: %s", dag.fileloc)
                self.import_errors[dag.fileloc] = f"{type(error).__name__}: {error}"
                self.file_last_changed[dag.fileloc] = changed
            else:
                found += [dag, *dag.subdags]
        return found

    def bag_dag(self, dag: DAG, root_dag: DAG) -> None:
        """Takes a DAG after it was checked for cycles, doubled ids and against the policies."""
        self._check(dag)
        # All sub-DAGs, however deep.
        subdags = dag.subdags
        for subdag in subdags:
            subdag.fileloc = dag.fileloc
            subdag.parent_dag = dag
            self._check(subdag)
        for each in (*subdags, dag):
            existing = self.dags.get(each.dag_id)
            if existing and existing.fileloc != each.fileloc:
                raise AirflowDagDuplicatedIdException(
                    dag_id=each.dag_id, incoming=each.fileloc, existing=existing.fileloc
                )
        self.dags.update({each.dag_id: each for each in (*subdags, dag)})

    def _check(self, dag: DAG) -> None:
        check_cycle(dag)
        dag.resolve_template_files()
        dag.last_loaded = timezone.utcnow()
        try:
            settings.dag_policy(dag)
            for task in dag.tasks:
                settings.task_policy(task)
        except (AirflowClusterPolicyViolation, AirflowClusterPolicySkipDag):
            raise
        except Exception as error:
            self.log.exception("A policy failed on DAG %s", dag.dag_id)
            raise AirflowClusterPolicyError(error) from error

    def collect_dags(
        self,
        dag_folder: str | Path | None = None,
        only_if_updated: bool = True,
        include_examples: Any = NOTSET,
        safe_mode: Any = NOTSET,
    ) -> None:
        """Imports all DAG files of a folder, without those that a .airflowignore names."""
        if not isinstance(safe_mode, bool):
            safe_mode = conf.getboolean("core", "dag_discovery_safe_mode")
        folder = correct_maybe_zipped(str(dag_folder or self.dag_folder))
        self.log.info("Filling up the DagBag from %s", folder)
        stats = []
        for path in list_py_file_paths(folder, safe_mode=safe_mode):
            started = timezone.utcnow()
            try:
                found = self.process_file(path, only_if_updated=only_if_updated, safe_mode=safe_mode)
            except Exception:
                self.log.exception("Failed to process %s", path)
                continue
            stats.append(self._stat(path, timezone.utcnow() - started, found))
        self.dagbag_stats = sorted(stats, key=lambda stat: stat.duration, reverse=True)

    def _stat(self, path: str, duration: timedelta, found: list[DAG]) -> FileLoadStat:
        return FileLoadStat(
            file=path.replace(str(settings.DAGS_FOLDER), ""),
            duration=duration,
            dag_num=len(found),
            task_num=sum(len(dag.tasks) for dag in found),
            dags=str([dag.dag_id for dag in found]),
            warning_num=len(self.captured_warnings.get(path, ())),
        )

    def collect_dags_from_db(self) -> None:
        """There is no database."""
        raise AirflowException(_NO_DATABASE)

    def sync_to_db(self, *args: Any, **kwargs: Any) -> None:
        """There is no database."""
        raise AirflowException(_NO_DATABASE)

    def dagbag_report(self) -> str:
        """How long each file took, as a table."""
        duration = sum((stat.duration for stat in self.dagbag_stats), timedelta()).total_seconds()
        lines = [
            f"DagBag loading stats for {self.dag_folder}",
            f"Number of DAGs: {sum(stat.dag_num for stat in self.dagbag_stats)}",
            f"Total task number: {sum(stat.task_num for stat in self.dagbag_stats)}",
            f"DagBag parsing time: {duration}",
            "",
            "  ".join(FileLoadStat._fields),
            *("  ".join(str(value) for value in stat) for stat in self.dagbag_stats),
        ]
        return "\n".join(lines) + "\n"
