"""Writes graphs.json: the DOT text that `airflow dags show` of 2.10.5 prints for the golden DAGs.

Run with a Python that has apache-airflow 2.10.5 and graphviz:
    AIRFLOW_HOME=$(mktemp -d) python record_graphs.py
"""

import json
import pathlib

from airflow.serialization.serialized_objects import SerializedDAG
from airflow.utils.dot_renderer import render_dag

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parents[3] / "python" / "tests_bundled" / "golden"


def main() -> None:
    graphs = {}
    for name in ("examples.jsonl", "samples.jsonl"):
        for line in (GOLDEN / name).read_text().splitlines():
            record = json.loads(line)
            if record["stored"]:
                dag = SerializedDAG.from_dict(record["stored"])
                graphs[dag.dag_id] = render_dag(dag).source
    text = json.dumps(graphs, indent=1, sort_keys=True, ensure_ascii=False)
    (HERE / "graphs.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
