"""Operators: kinds of tasks."""
