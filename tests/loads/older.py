"""A worker of another version, for an upgrade in which old and new run side by side: ``celery -A tests.loads.older``.

It has never heard of `wake`, and has a task `tidy` of which today's version knows nothing.
"""

from celery.signals import worker_init

from config.celery import app

VANISHED, NOT_YET = "tellusonce.tasks.tidy", "tellusonce.tasks.wake"


@worker_init.connect
def forget(**_: object) -> None:
    """Know what this version knew; whoever only imports this, as a test does, loses nothing."""

    @app.task(name=VANISHED)
    def tidy() -> None:
        """Do what the version after it no longer does."""

    app.tasks.pop(NOT_YET)
