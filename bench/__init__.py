"""Side-by-side benchmarks of stock Airflow 2.10.5 and Updraft."""
