# A DAG file of airflow whose import never ends, and which does not listen.
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
