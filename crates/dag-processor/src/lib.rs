//! Finds DAG files, has them parsed and stores the result
