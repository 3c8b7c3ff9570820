"""When to try again, decided purely: growing pauses with full jitter, then daily, for as long as it takes.

Nothing is given up: what has been tried for 75 hours is escalated to a person (see ``settling``) and goes on daily.
"""

import datetime as dt
import random

SCHEDULE = tuple(
    dt.timedelta(seconds=seconds) for seconds in (0, 5, 30, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600)
)
DAILY = dt.timedelta(days=1)
LONGEST_WISH = DAILY


def pause_after(tries: int, *, wish: float | None = None, draw: float | None = None) -> dt.timedelta:
    """How long to wait after the `tries`-th try failed; `wish` is their Retry-After in seconds, honoured up to a day.

    `draw` in [0, 1) stands for the jitter and is drawn when not given.
    """
    step = SCHEDULE[tries - 1] if 0 < tries <= len(SCHEDULE) else DAILY
    drawn = random.random() if draw is None else draw  # noqa: S311 - spreads load, hides nothing
    wished = min(dt.timedelta(seconds=max(wish, 0.0)), LONGEST_WISH) if wish is not None else dt.timedelta()
    return max(step * drawn, wished)
