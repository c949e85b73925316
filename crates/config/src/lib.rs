//! airflow.cfg and AIRFLOW__SECTION__KEY, as one typed struct a section
