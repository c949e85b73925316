# A DAG file of airflow whose import never ends.
while True:
    pass
