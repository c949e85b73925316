"""Hooks: clients for what tasks talk to."""
