"""Logs of one JSON object a line, in which no personal value can appear.

A template is written as it stands in the code. Its arguments are written when the logger is one of ours, whose
arguments are ids, codes and counts by rule (docs/architecture.md), or when they are plainly no personal value; of any
other only the type. Of an exception the types and places are written and never the text: a database's or a parser's
message quotes the row or the value that it stumbled over.
"""

import json
import logging
import logging.config
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

OURS = frozenset({"adapters", "config", "deploy", "identity", "tellusonce"})
# What Celery says of its own doings: task names, ids, queues.
NAMES = re.compile(r"(tellusonce(\.[a-z_]+)+|[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|prompt|slow)\Z")
# What our own arguments look like: ids, codes, slugs, dotted names. A name of two words is none of them.
CODES = re.compile(r"[A-Za-z0-9._:/+-]{1,120}\Z")
FRAMES = 12
ROOT = Path(__file__).parent.parent
LIBRARIES = {
    # zeep logs whole envelopes, oauthlib whole requests, at DEBUG.
    "zeep": "WARNING",
    "oauthlib": "WARNING",
    "requests": "WARNING",
    "urllib3": "WARNING",
    "asyncio": "WARNING",
    "django.db": "WARNING",
}


def is_harmless(value: object) -> bool:
    """Say whether a value is of a sort that cannot be somebody's name, number or address."""
    if isinstance(value, str):
        return NAMES.match(value) is not None
    return value is None or isinstance(value, bool | int | float | UUID | Enum)


def shown(value: object, *, is_ours: bool) -> Any:
    """Give what a line may say of one argument."""
    if not is_harmless(value) and not (is_ours and isinstance(value, str) and CODES.match(value)):
        return f"<{type(value).__name__}>"
    return value if isinstance(value, bool | int | float | None) else str(value)


def event(record: logging.LogRecord, *, is_ours: bool) -> str:
    """Fill a template with what may be shown of its arguments."""
    if not isinstance(record.msg, str):
        return f"<{type(record.msg).__name__}>"
    arguments: Any = record.args or ()
    if isinstance(arguments, Mapping):
        arguments = {name: shown(value, is_ours=is_ours) for name, value in arguments.items()}
    else:
        arguments = tuple(shown(value, is_ours=is_ours) for value in arguments)
    try:
        return record.msg % arguments if arguments else record.msg
    except (TypeError, ValueError):
        # A template that wanted a number of something we would not show.
        return record.msg


def place(frame: traceback.FrameSummary) -> str:
    """Name a line of code: within the project by its path, elsewhere by the end of it."""
    path = Path(frame.filename)
    parts = path.relative_to(ROOT).parts if path.is_relative_to(ROOT / "") else path.parts
    if "site-packages" in parts:
        parts = parts[parts.index("site-packages") + 1 :]
    return f"{'/'.join(parts[-4:])}:{frame.lineno} {frame.name}"


def causes(error: BaseException | None) -> list[dict[str, Any]]:
    """Describe an exception and what led to it, outermost first: its type and where, and never what it says."""
    chain: list[dict[str, Any]] = []
    while error is not None and len(chain) < FRAMES:
        kind = type(error)
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
        chain.append({"type": f"{kind.__module__}.{kind.__qualname__}", "at": [place(frame) for frame in frames]})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain


class Line(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write what may be written, and nothing of what a library attached to the record besides."""
        is_ours = record.name.partition(".")[0] in OURS
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "event": event(record, is_ours=is_ours),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = causes(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def settings(level: int | str) -> dict[str, Any]:
    """Give logging's own configuration: everything through one handler to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Line}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            **{name: {"level": least, "handlers": [], "propagate": True} for name, least in LIBRARIES.items()},
            **{name: {"level": level, "handlers": [], "propagate": True} for name in ("django", "gunicorn", "celery")},
            "django.server": {"level": level, "handlers": [], "propagate": True},
        },
    }


def report_uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Log an exception that nobody caught, in place of Python's own traceback, which quotes its message."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("config").critical("uncaught", exc_info=(kind, error or kind(), trace))


def configure(options: Mapping[str, Any]) -> None:
    """Set up logging for this process; Django calls it with the setting LOGGING."""
    logging.config.dictConfig(settings(options["level"]))
    logging.captureWarnings(capture=True)
    sys.excepthook = report_uncaught
    threading.excepthook = lambda caught: report_uncaught(caught.exc_type, caught.exc_value, caught.exc_traceback)
