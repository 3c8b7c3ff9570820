"""A worker of another version, for an upgrade in which old and new run side by side: ``celery -A tests.loads.older``.

It has never heard of `wake`, and has a task `tidy` of which today's version knows nothing.
"""

from celery import Celery

from config.celery import app as today

VANISHED, NOT_YET = "tellusonce.tasks.tidy", "tellusonce.tasks.wake"

app: Celery = today


@app.on_after_finalize.connect
def forget(**_: object) -> None:
    """Know what this version knew."""
    app.tasks.pop(NOT_YET)


@app.task(name=VANISHED)
def tidy() -> None:
    """Do what the version after it no longer does."""
