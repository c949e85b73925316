# A DAG file of airflow that is no Python.
def broken(:
    pass
