//! DAGs serialized by Airflow 2.10.5, and what tolerance allows.

#[cfg(test)]
mod params;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod sub_dags;
#[cfg(test)]
mod tolerance;
