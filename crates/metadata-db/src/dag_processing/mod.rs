//! Queries of the DAG processor.
