"""Metrics that tasks send."""
