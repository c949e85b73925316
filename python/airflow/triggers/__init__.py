"""Triggers: what deferred tasks wait for. Updraft does not run them yet."""
