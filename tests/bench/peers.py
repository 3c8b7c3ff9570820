"""What nobody can do without: the requests alone, the rows alone, and zeep alone. ``python -m tests.bench.peers``."""

import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from deploy import services
from tests.bench import millions, staging
from tests.loads import recipients, sinks

JSON = Any
RAW, ROWS, ZEEP = "the requests alone, no database", "claimed and settled, no request", "zeep's own words and reading"
RECIPIENTS, IN_FLIGHT = 20, 16
REQUESTS, ROUNDS = 4000, 3
MESSAGES = 1000
BODY = b'{"fields":{"death":{"died_on":"2026-10-30"}},"message":{"reference":"TUO-0000-0000"}}'.ljust(420)


def measure() -> dict[str, JSON]:
    """Give the processor time of each in milliseconds, and of the requests also how many a second."""
    with tempfile.TemporaryDirectory(prefix="tuo-bench-") as folder, sinks.running(Path(folder) / "books") as (url, _):
        found: dict[str, JSON] = {RAW: _by_itself("raw", url)}
    with staging.running(recipients.several(RECIPIENTS), programs=()) as stack:
        found[ROWS] = {"cpu_ms": millions.measured(stack, 1)["claim_ms"]}
    return {"peers": {**found, ZEEP: _by_itself("zeep", "")}}


def _by_itself(what: str, url: str) -> JSON:
    """Measure in a process of its own, without a worker's threads and without what this one has in memory."""
    words = [sys.executable, "-m", "tests.bench.peers", what, url]
    environment = {**os.environ, "PYTHONPATH": str(services.ROOT)}
    done = subprocess.run(words, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _requests(url: str) -> Callable[[], None]:
    """Send by the egress as a worker does, so many in flight at each of twenty recipients."""
    from adapters.addresses import Allowed  # noqa: PLC0415
    from adapters.contract import Request  # noqa: PLC0415
    from adapters.egress import Egress, Exchange, Limits, Reply  # noqa: PLC0415

    egress, limits = Egress(), Limits(in_flight=IN_FLIGHT)
    loopback = Allowed(frozenset({"127.0.0.1"}), (IPv4Network("127.0.0.0/8"),))

    def work() -> None:
        replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        for number in range(1, RECIPIENTS + 1):
            name, each = f"rest-{number}", REQUESTS // RECIPIENTS
            batch = [
                Exchange(key, Request(f"{url}/rest/{name}", _headers(key), BODY), loopback, name)
                for key in (str(uuid.uuid4()) for _ in range(each))
            ]
            egress.send(batch, replies=replies, limits=limits)
        for _ in range(REQUESTS):
            reply = replies.get(timeout=60)
            assert reply.response is not None, reply.failure

    return work


def _headers(key: str) -> dict[str, str]:
    return {"webhook-id": key, "Content-Type": "application/json", "Accept": "application/json"}


def _words() -> Callable[[], None]:
    """Let zeep write the envelope of a message and read the reply to it."""
    from unittest import mock  # noqa: PLC0415

    import zeep  # noqa: PLC0415

    client: Any = zeep.Client(str(recipients.WSDLS / recipients.TALLYSTONE))  # type: ignore[no-untyped-call]
    (binding,) = client.wsdl.bindings
    service = client.create_service(binding, "http://127.0.0.1:9/")
    reply = mock.Mock(status_code=200, content=sinks.SOAP, headers={"Content-Type": "text/xml"}, encoding="utf-8")
    client.transport.post_xml = lambda *_: reply
    deceased = {
        "Forenames": "Alma",
        "Surname": "Thorne",
        "Address": {"Line": ["1 High Row", "Loadham"], "Postcode": "ZX1 1AA"},
        "DateOfDeath": "2026-10-30",
    }

    def work() -> None:
        for number in range(MESSAGES):
            header = {"MessageId": str(uuid.uuid4()), "CaseReference": f"TUO-{number}", "Sequence": 1}
            told = service.NotifyDeath(Header=header, Deceased=deceased, Representative={"Name": "Bo Lee"})
            assert told.Result == "Accepted"

    return work


def main() -> int:
    """Measure one of the two, and print what it took."""
    what, url = sys.argv[1:]
    work, count = (_requests(url), REQUESTS) if what == "raw" else (_words(), MESSAGES)
    work()  # connections and caches are warm from here on
    cpu, wall = [], []
    for _ in range(ROUNDS):
        spent, begun = time.process_time(), time.perf_counter()
        work()
        cpu.append(time.process_time() - spent)
        wall.append(time.perf_counter() - begun)
    per_s = round(count / statistics.median(wall), 1)
    print(json.dumps({"cpu_ms": round(statistics.median(cpu) / count * 1000, 3), "per_s": per_s}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
