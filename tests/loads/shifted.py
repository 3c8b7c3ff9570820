"""A service whose own clock is wrong by as many seconds as the file `CLOCK_SHIFT` says, which may change at any time.

What is read of the machine's clock in Python is shifted; production has no such thing.
"""

import datetime as dt
import os
import time
from pathlib import Path

_shift = Path(os.environ["CLOCK_SHIFT"])
_time, _time_ns = time.time, time.time_ns


def _seconds() -> float:
    return float(_shift.read_text())


time.time = lambda: _time() + _seconds()
time.time_ns = lambda: _time_ns() + int(_seconds() * 10**9)

from django.utils import timezone  # noqa: E402 - whoever had taken a clock before would have the right one

from config.settings import *  # noqa: E402, F403

_now = timezone.now
timezone.now = lambda: _now() + dt.timedelta(seconds=_seconds())
