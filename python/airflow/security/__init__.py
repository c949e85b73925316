"""Permissions, as names."""
