# A DAG file of airflow in another encoding.
name = "café"
