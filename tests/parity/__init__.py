"""Runs DAGs on stock Airflow 2.10.5 and on Updraft and compares the rows that they leave behind."""
