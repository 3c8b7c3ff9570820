"""A service whose workers die where they are told to: settings for a stack, and the hook, which production has not.

`CRASH_AT` names points of a drain and how many passes to let go by first, such as ``sent:2,settling:1``; each crash
happens once in a stack, in whichever process comes there first. `CRASH_ONE_IN` dies by chance instead, at each point of
each drain, for as long as the file `CRASH_WHILE` exists. `CRASH_ON` is a file: whoever is about to say a delivery that
stands in it, a line each as ``REFERENCE RECIPIENT``, dies each time. `HOLD_AT` names a point at which the first to come
waits for as long as the file `HOLD_WHILE` exists.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any
from unittest import mock

from django.apps import AppConfig

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as USUAL

# In the order in which a drain passes them: before and after each of its steps, and in the middle of two transactions.
POINTS = ("claiming", "claimed", "preparing", "begun", "prepared", "sending", "sent", "settling", "settled")
# The same of a submission, in whichever process of the web: before its commit, and between that and the hint.
WITHIN_SUBMISSION = ("owed", "hinting")
INSTALLED_APPS = [*USUAL, "tests.loads.crashing.Crashing"]


class Crashing(AppConfig):
    """Puts a crash at every commit, send and settling of a drain."""

    name = "tests.loads"
    label = "crashing"

    def ready(self) -> None:
        """Wrap the steps of a drain."""
        from tellusonce import closing, drains, outbound, replies  # noqa: PLC0415
        from tellusonce.deliveries import claims, hints, settling  # noqa: PLC0415

        _wrap(drains._Drain, "_settle_and_claim", before="claiming")
        _wrap(claims, "claim", after="claimed")  # claimed, and not committed
        _wrap(drains._Drain, "_prepare", before="preparing", after="prepared")
        _wrap(settling, "begin", after="begun")  # attempts written, and not committed
        _wrap(drains._Drain, "_send", before="sending", after="sent")
        _wrap(drains._Drain, "_hear", after="settling")  # replies in hand
        _wrap(replies, "settle", after="settled")  # settled, and not committed
        _wrap(closing, "owe", after="owed")  # owed, and not committed
        _wrap(hints, "wake", before="hinting")
        _wrap_saying(outbound)


def _wrap(owner: Any, name: str, *, before: str = "", after: str = "") -> None:
    usual: Callable[..., Any] = getattr(owner, name)

    @wraps(usual)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        _pass(before)
        given = usual(*arguments, **options)
        if after != "settled" or arguments[0]:  # nothing to settle is no settling
            _pass(after)
        return given

    mock.patch.object(owner, name, wrapped).start()


def _wrap_saying(outbound: Any) -> None:
    """Die on the last step before a message is composed, by when it was seen whether it killed others."""
    usual = outbound._check_purpose

    @wraps(usual)
    def wrapped(claimed: Any, said_by: Any) -> None:
        if _deadly.exists() and f"{claimed.reference} {said_by.recipient}" in _deadly.read_text():
            _die()
        usual(claimed, said_by)

    mock.patch.object(outbound, "_check_purpose", wrapped).start()


_deadly = Path(os.environ.get("CRASH_ON", "/nonexistent"))
_hold_at, _hold_while = os.environ.get("HOLD_AT", ""), Path(os.environ.get("HOLD_WHILE", "/nonexistent"))
_passes: dict[str, int] = {}
_wanted = dict(each.split(":") for each in os.environ.get("CRASH_AT", "").split(",") if each)
_one_in = int(os.environ.get("CRASH_ONE_IN", "0"))
_while = Path(os.environ.get("CRASH_WHILE", "/nonexistent"))
_dice = random.Random(f"{os.environ.get('CRASH_SEED', '0')}/{os.getpid()}")  # noqa: S311 - where to die, no secret


def _pass(point: str) -> None:
    if not point:
        return
    if _one_in and _dice.randrange(_one_in) == 0 and _while.exists():
        _die()
    if point == _hold_at and _hold_while.exists() and _is_first(point):
        while _hold_while.exists():
            time.sleep(0.02)
    if point in _wanted:
        _passes[point] = _passes.get(point, 0) + 1
        if _passes[point] == int(_wanted[point]) and _is_first(point):
            _die()


def _is_first(point: str) -> bool:
    """Whether no other process of this stack has died here: a file says so."""
    mark = Path(os.environ["CRASH_MARKS"]) / point
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
