"""Notifiers: callbacks that tell somebody."""
