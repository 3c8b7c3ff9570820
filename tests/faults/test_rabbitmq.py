"""F5, with RabbitMQ instead of Valkey: the broker stopped, emptied, killed and started again while reports come in."""

import signal
import time

import pytest

from tests.faults import scenes
from tests.faults.conftest import Tally
from tests.loads import reckonings, submitting
from tests.loads.stacks import Stack

# For a report's three requests, of which one gives a hint: a broker that hangs may take half a second of it.
LONGEST_SECONDS = 5.0


def submitted(stack: Stack, *, seed: int) -> float:
    """Hand in one report, and give the seconds that it took."""
    began = time.monotonic()
    submitting.by_interface(stack, 1, seed=seed)
    return time.monotonic() - began


def signalled(stack: Stack, by: signal.Signals) -> None:
    """Send the broker a signal that it survives."""
    assert stack.servers.broker is not None
    stack.servers.broker.process.send_signal(by)


@pytest.mark.fault("F5")
def test_rabbitmq_stopped_and_killed_while_reports_come_in(tally: Tally) -> None:
    """F5: half-open socket (stopped process); broker down for a while, and back with what it had kept (F6)."""
    seed = tally.seed * 100
    with scenes.playing(broker="rabbitmq") as stack:
        submitted(stack, seed=seed)
        scenes.all_told(stack)
        assert stack.metric("tellusonce_hints_total", fate="given") > 0
        signalled(stack, signal.SIGSTOP)
        assert submitted(stack, seed=seed + 1) < LONGEST_SECONDS
        signalled(stack, signal.SIGCONT)
        stack.stop_broker()
        assert submitted(stack, seed=seed + 2) < LONGEST_SECONDS
        assert stack.metric("tellusonce_hints_total", fate="lost") > 0
        stack.start_broker()
        tally.mended()
        scenes.all_told(stack)
        tally.hold(reckonings.reckon(stack, undetected={"heedless"}))
