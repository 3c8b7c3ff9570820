"""``make bench``: how long the service takes over its main pages, asked one after another as by one reader.

Beside that, what a message costs by SOAP and by REST. The real web server answers, over the loopback and with nothing
between; what a network and a browser add is not in it. The last line is the figures as one JSON object.
"""

import http.client
import json
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from deploy import services
from deploy.demo.calls import Unexpected
from tests import bench_rest, bench_soap, scenes
from tests.scenes import Page, Scene

WARMING, MEASURED = 5, 60
MOST_BYTES = 100_000


def main() -> int:
    """Measure; end with 1 where a page is too large, with 2 and a sentence where something is in the way."""
    soap = bench_soap.figures()
    Console().print(bench_soap.table(soap))
    try:
        with scenes.playing() as scene:
            figures = {page.name: measure(scene, page) for page in scene.pages.values()}
    except (Unexpected, *services.FAULTS) as fault:
        print(fault, file=sys.stderr)
        return 2
    rest = bench_rest.measure()
    Console().print(table(figures))
    Console().print(rest_table(rest))
    print(json.dumps({"requests": MEASURED, "pages": figures, "soap": soap, "rest": rest}))
    return int(any(each["bytes"] > MOST_BYTES for each in figures.values()))


def measure(scene: Scene, page: Page) -> dict[str, Any]:
    """Ask for one page again and again. Raises Unexpected."""
    parts = urlsplit(scene.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    took, size = [], 0
    for _ in range(WARMING + MEASURED):
        before = time.perf_counter()
        connection.request("GET", page.path, headers={"Cookie": page.visit.cookie, "Accept": "text/html"})
        answer = connection.getresponse()
        size = len(answer.read())
        took.append((time.perf_counter() - before) * 1000)
        if answer.status != http.HTTPStatus.OK:
            raise Unexpected(f"{page.name} was answered {answer.status}.")
    connection.close()
    return {**summary(took[WARMING:]), "bytes": size}


def summary(took: Sequence[float]) -> dict[str, float]:
    """Give the median and the 95th percentile, in milliseconds."""
    return {
        "median_ms": round(statistics.median(took), 1),
        "p95_ms": round(statistics.quantiles(took, n=20, method="inclusive")[-1], 1),
    }


def table(figures: dict[str, dict[str, Any]]) -> Table:
    """Put the figures as a table."""
    made = Table("Page", "Median", "95 of 100 within", "Size", title=f"{MEASURED} requests each")
    for name, each in figures.items():
        made.add_row(name, f"{each['median_ms']} ms", f"{each['p95_ms']} ms", f"{each['bytes'] / 1000:.0f} KB")
    return made


def rest_table(figures: dict[str, float]) -> Table:
    """Put what a REST message costs as a table."""
    made = Table("Encoded, sealed and decoded", "Takes", title=f"A message of {figures['fields']} fields")
    for name, each in figures.items():
        if name not in {"fields", "times by hand"}:
            made.add_row(name, f"{each} µs")
    return made


if __name__ == "__main__":
    sys.exit(main())
