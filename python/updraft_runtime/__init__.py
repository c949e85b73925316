"""The Python side of Updraft: fork server, DAG loader and task runner.

Runs inside the user's interpreter. What is imported here is imported into every task, so the
fork server needs the standard library only.
"""

PROTOCOL_VERSION = 1
