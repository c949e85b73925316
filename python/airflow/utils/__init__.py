"""What operators and DAG files need besides the models."""
