"""The version of Airflow whose authoring API this is."""

version = "2.10.5"
