"""Measure one part after another, show each as a table, and all of it as JSON on the last line.

`python -m tests.bench PART ...` measures those parts alone.
"""

import json
import platform
import sys
from collections.abc import Callable, Mapping
from typing import Any

import psutil
from rich.console import Console

from deploy import processes, services
from deploy.demo.calls import Unexpected
from tests.bench import arrivals, confirming, deliveries, intake, memory, millions, pages, rest_messages, soap_messages

JSON = Any
WIDTH = 160


def main() -> int:
    """Measure; end with 1 where a page is too large, with 2 and a sentence where something is in the way."""
    wanted, figures = sys.argv[1:] or list(PARTS), dict[str, JSON]()
    try:
        with processes.interruptible():
            for name in wanted:
                figures |= PARTS[name]()
    except (Unexpected, *services.FAULTS) as fault:
        print(fault, file=sys.stderr)
        return 2
    print(json.dumps({"machine": _machine(), **figures, **_told(figures)}))
    return int(any(each["bytes"] > pages.MOST_BYTES for each in figures.get("pages", {}).values()))


def _alone(name: str, part: Any) -> Callable[[], dict[str, JSON]]:
    """Measure a part that needs nothing of another's."""

    def run() -> dict[str, JSON]:
        figures = part.measure()
        Console(width=WIDTH).print(part.table(figures))
        return {name: figures}

    return run


def _in_service() -> dict[str, JSON]:
    """Measure in one running service what asks for workers: arrivals, then confirmations, then memory."""
    console = Console(width=WIDTH)
    with arrivals.running() as (stack, port):
        at_start = memory.resident(stack)
        arrived = arrivals.measure(stack, port)
        console.print(arrivals.table(arrived))
        confirmed = confirming.measure(stack)
        console.print(confirming.table(confirmed))
        held = memory.measure(stack, at_start=at_start)
        console.print(memory.table(held))
    return {"arrivals": arrived, "confirming": confirmed, "memory": held}


PARTS: Mapping[str, Callable[[], dict[str, JSON]]] = {
    "soap": _alone("soap", soap_messages),
    "rest": _alone("rest", rest_messages),
    "pages": _alone("pages", pages),
    "deliveries": _alone("deliveries", deliveries),
    "intake": _alone("intake", intake),
    "in-service": _in_service,
    "millions": _alone("millions", millions),
}


def _machine() -> JSON:
    memory_gb = round(psutil.virtual_memory().total / 1e9)
    return {"processors": psutil.cpu_count(), "memory_gb": memory_gb, "python": platform.python_version()}


def _told(figures: Mapping[str, JSON]) -> dict[str, JSON]:
    """Give the figures that there are targets for, of the parts that were measured."""
    told: dict[str, JSON] = deliveries.told(figures["deliveries"]) if "deliveries" in figures else {}
    if taken := figures.get("intake"):
        told |= {
            "intake_per_s": taken["twenty"]["per_s"],
            "intake_p99_ms": taken["twenty"]["at_half"]["p99_ms"],
        }
    if arrived := figures.get("arrivals"):
        told |= {
            "first_byte_ms": {"p50": arrived["idle"]["p50_ms"], "p99": arrived["idle"]["p99_ms"]},
            "slow_neighbour_p50_ratio": arrived["neighbour"]["p50_ratio"],
            "slow_neighbour_p99_ratio": arrived["neighbour"]["p99_ratio"],
        }
    if held := figures.get("memory"):
        last = held["looks"][-1]
        told["worker_rss_mb"] = max(value for name, value in last.items() if name != "deliveries")
    if beside := figures.get("millions"):
        told["cost_5m_ratio"] = beside["whole_ms_ratio"]
    return told


if __name__ == "__main__":
    sys.exit(main())
