"""DAGs and their parts as JSON: what scheduler and web server know of a DAG."""
