"""How long the service takes over its main pages, asked one after another as by one reader.

The real web server answers, over the loopback and with nothing between; what a network and a browser add is not in it.
"""

import http.client
import statistics
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from rich.table import Table

from deploy.demo.calls import Unexpected
from tests import scenes
from tests.scenes import Page, Scene

WARMING, MEASURED = 5, 60
MOST_BYTES = 100_000


def measure() -> dict[str, dict[str, Any]]:
    """Measure each page. Raises Unexpected, and one of services.FAULTS."""
    with scenes.playing() as scene:
        return {page.name: asked(scene, page) for page in scene.pages.values()}


def asked(scene: Scene, page: Page) -> dict[str, Any]:
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
