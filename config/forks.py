"""No database connection crosses a fork.

Two processes that share one PostgreSQL socket read each other's replies: what one asked for arrives at the other.
"""

import os
from functools import cache

from django.db import connections


def close_idle() -> None:
    """Close this thread's connections, save those in the middle of a transaction, which the parent still needs."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def forget() -> None:
    """Drop, in the child, what could not be closed; psycopg2 leaves a socket alone that another process opened."""
    for connection in connections.all(initialized_only=True):
        del connections[connection.alias]


@cache
def guard() -> None:
    """Close connections before every fork of this process; safe to repeat."""
    os.register_at_fork(before=close_idle, after_in_child=forget)
