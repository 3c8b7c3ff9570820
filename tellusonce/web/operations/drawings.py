"""The picture of the flow, as places and lengths: reports at the left, a line to each recipient, how it stands there.

It is drawn twice, for a desk and for a phone; the table beside it says the same in numbers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tellusonce.deliveries.flows import Flow

ROW, TOP, BAR = 46, 8, 16
THINNEST, THICKEST = 1.0, 15.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is drawn on: its width, where lines begin and end, and how many letters of a name there is room for."""

    name: str
    width: int
    begins: int
    ends: int
    letters: int


DESK = Sheet("desk", 960, 130, 440, 56)
PHONE = Sheet("phone", 330, 18, 78, 32)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a bar: what stands so, where it begins, and how long it is."""

    state: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient's line and bar: its name as far as there is room, its path, its thickness and where it lies."""

    name: str
    path: str
    thickness: float
    is_stopped: bool
    y: float
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it, on one sheet."""

    sheet: Sheet
    height: int
    lines: Sequence[Line]


def draw(sheet: Sheet, flows: Sequence[Flow], volumes: Mapping[int, int], stopped: frozenset[int]) -> Drawing:
    """Draw the flows; `volumes` says how much goes along each line, `stopped` where nothing goes, by recipient."""
    height = 2 * TOP + ROW * max(1, len(flows))
    most = max([*volumes.values(), 1])
    fullest = max([*(sum(flow.states.values()) for flow in flows), 1])
    lines = []
    for place, flow in enumerate(flows):
        y = TOP + ROW * place + ROW / 2 + 6
        thickness = _thickness(volumes[flow.recipient.pk], most)
        path = _curve(sheet, height / 2, y)
        is_stopped = flow.recipient.pk in stopped
        name = _shortened(flow.recipient.name, sheet.letters)
        lines.append(Line(name, path, thickness, is_stopped, y, _parts(sheet, flow, fullest)))
    return Drawing(sheet, height, lines)


def _thickness(volume: int, most: int) -> float:
    """Let twice as much be seen as more, and a little still be seen beside very much."""
    return round(THINNEST + (THICKEST - THINNEST) * math.sqrt(volume / most), 1) if volume else THINNEST


def _curve(sheet: Sheet, start: float, end: float) -> str:
    middle = (sheet.begins + sheet.ends) // 2
    return f"M{sheet.begins} {start:g}C{middle} {start:g} {middle} {end:g} {sheet.ends} {end:g}"


def _parts(sheet: Sheet, flow: Flow, fullest: int) -> list[Part]:
    left, room = float(sheet.ends), sheet.width - sheet.ends - 2
    parts = []
    for state, count in flow.states.items():
        width = round(room * count / fullest, 1)
        parts.extend([Part(state, round(left, 1), width)] if count else [])
        left += width
    return parts


def _shortened(name: str, letters: int) -> str:
    return name if len(name) <= letters else name[: letters - 1].rstrip() + "…"
