//! Airflow's serialized DAG JSON, version 1, read into core types
