# A DAG file of airflow whose error has a character that PostgreSQL does not store.
raise ValueError("before \0 after")
