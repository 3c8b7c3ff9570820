"""Settings, addresses, logs: what puts the packages together. Nobody imports it."""

from config.celery import app as celery

__all__ = ["celery"]
