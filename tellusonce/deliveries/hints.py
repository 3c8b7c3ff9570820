"""Telling workers that a lane has work. Hints hold ids alone and may be lost: nothing rests on them but speed.

A lane is hinted once until it has been drained: the mark that says so ends by itself.
"""

import logging
from collections.abc import Collection, Sequence

from tellusonce import brokers, marks, metrics

logger = logging.getLogger(__name__)

LaneOf = tuple[int, str]  # a recipient's id and the lane's name


def wake(lanes: Sequence[LaneOf]) -> None:
    """Let some worker see to these lanes: one message however many there are, none when all have been hinted."""
    fresh = _mark(lanes)
    if fresh:
        _publish("tellusonce.tasks.wake", [fresh], brokers.PROMPT, fresh)


def hint(lanes: Sequence[LaneOf], *, slow: Collection[int] = ()) -> int:
    """Hint each lane by itself, those of slow recipients in the queue for the slow; gives how many were new."""
    fresh = _mark(lanes)
    pass_on(fresh, slow=slow)
    return len(fresh)


def pass_on(lanes: Sequence[LaneOf], *, slow: Collection[int] = ()) -> None:
    """Send a drain for each of these lanes, which are marked as hinted already."""
    for lane in lanes:
        _publish("tellusonce.tasks.drain", list(lane), brokers.SLOW if lane[0] in slow else brokers.PROMPT, [lane])


def forget(lanes: Sequence[LaneOf]) -> None:
    """Let these lanes be hinted again."""
    try:
        marks.drop([_name(lane) for lane in lanes])
    except brokers.FAULTS as error:
        logger.warning("hints could not be taken back: %s", type(error).__name__)


def _name(lane: LaneOf) -> str:
    return f"{lane[0]}:{lane[1]}"


def _mark(lanes: Sequence[LaneOf]) -> list[LaneOf]:
    """Keep those lanes that nobody has hinted yet; with the broker down, none."""
    if not lanes or brokers.is_resting():
        metrics.HINTS.labels("lost").inc(len(lanes))
        return []
    try:
        fresh = marks.take([_name(lane) for lane in lanes])
    except brokers.FAULTS as error:
        _lose(lanes, error)
        return []
    return [lane for lane in lanes if _name(lane) in fresh]


def _publish(task: str, arguments: list[object], queue: str, lanes: Sequence[LaneOf]) -> None:
    try:
        brokers.publish(task, arguments, queue=queue)
    except brokers.FAULTS as error:
        forget(lanes)
        _lose(lanes, error)
    else:
        metrics.HINTS.labels("given").inc(len(lanes))


def _lose(lanes: Sequence[LaneOf], error: Exception) -> None:
    """Count the loss."""
    brokers.rest(error)
    metrics.HINTS.labels("lost").inc(len(lanes))
    logger.warning("%d hints lost: %s", len(lanes), type(error).__name__)
