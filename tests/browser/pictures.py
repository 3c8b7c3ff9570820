"""``make pictures``: every picture of a page that docs/ shows, taken anew from a running service."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from deploy import processes, servers, services
from tests.browser import browsers

KEPT = services.ROOT / "docs" / "pictures"


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as it is seen: where it is, how wide the window is, and in which language."""

    name: str
    path: str
    width: int = 1280
    language: str = "en-GB"


PICTURES = (
    Picture("start", "/"),
    Picture("start-phone-welsh", "/", width=360, language="cy"),
)


def main() -> int:
    """Take them; end with status 2 and a sentence where something is in the way."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=main.__doc__)
    parser.add_argument("--at", help="the address of a running service; without it one is started")
    parser.add_argument("--to", type=Path, default=KEPT, help="the directory that they are written to")
    asked = parser.parse_args()
    try:
        with serving(asked.at) as address, browsers.running() as browser:
            for picture in PICTURES:
                print(take(picture, browser, address=address, to=asked.to))
    except (browsers.NoBrowser, *services.FAULTS) as fault:
        print(fault, file=sys.stderr)
        return 2
    return 0


@contextmanager
def serving(address: str | None) -> Iterator[str]:
    """Give the address of a service, and start one if there is none."""
    if address:
        yield address
        return
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "kept"
        try:
            with processes.interruptible(), services.running(directory) as service:
                yield service.url
        finally:
            servers.forget(directory)


def take(picture: Picture, browser: Browser, *, address: str, to: Path) -> Path:
    """Take one picture of a whole page, and give its file."""
    to.mkdir(parents=True, exist_ok=True)
    page = browser.new_page(base_url=address, viewport={"width": picture.width, "height": 800}, locale=picture.language)
    page.goto(picture.path)
    file = to / f"{picture.name}.png"
    page.screenshot(path=file, full_page=True)
    page.close()
    return file


if __name__ == "__main__":
    sys.exit(main())
