"""Keeping the window up: serving, the worker, health, metrics, backup and restore."""
