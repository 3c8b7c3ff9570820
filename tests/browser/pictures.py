"""``make pictures``: every picture of a page that docs/ shows, taken anew from a running service."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize

from deploy import services
from deploy.demo.calls import Unexpected
from tests import scenes
from tests.browser import browsers
from tests.scenes import Scene

KEPT = services.ROOT / "docs" / "pictures"
MOST_HIGH = 1400  # of a long page its beginning says enough


@dataclass(frozen=True, slots=True)
class Picture:
    """One of the main pages as it is seen: how wide the window is, and in which language."""

    page: str
    width: int = 1000
    language: str = "en-GB"

    @property
    def name(self) -> str:
        """What its file is called."""
        how = ("-phone" if self.width < PHONE else "") + ("-welsh" if self.language == "cy" else "")
        return f"{self.page}{how}"


PHONE = 500
MAIN = (
    "start",
    "question",
    "answers",
    "recipients",
    "follow",
    "registrar",
    "registrar-report",
    "adviser",
    "inbox",
    "message",
    "mailboxes",
)
PICTURES = (
    *(Picture(name) for name in MAIN),
    Picture("start", width=360, language="cy"),
    Picture("follow", width=360),
)


def main() -> int:
    """Take them; end with status 2 and a sentence where something is in the way."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=main.__doc__)
    parser.add_argument("--to", type=Path, default=KEPT, help="the directory that they are written to")
    asked = parser.parse_args()
    try:
        with scenes.playing() as scene, browsers.running() as browser:
            for picture in PICTURES:
                print(take(picture, browser, scene, to=asked.to))
    except (browsers.NoBrowser, Unexpected, *services.FAULTS) as fault:
        print(fault, file=sys.stderr)
        return 2
    return 0


def take(picture: Picture, browser: Browser, scene: Scene, *, to: Path) -> Path:
    """Take one picture, and give its file."""
    to.mkdir(parents=True, exist_ok=True)
    page, size = scene.pages[picture.page], ViewportSize(width=picture.width, height=800)
    context = browser.new_context(base_url=scene.url, viewport=size, locale=picture.language)
    context.add_cookies(
        [{"name": name, "value": value, "url": scene.url} for name, value in page.visit.cookies.items()]
    )
    window = context.new_page()
    window.goto(page.path)
    high = min(MOST_HIGH, window.evaluate("document.documentElement.scrollHeight"))
    file = to / f"{picture.name}.png"
    window.screenshot(path=file, full_page=True, clip={"x": 0, "y": 0, "width": picture.width, "height": high})
    context.close()
    return file


if __name__ == "__main__":
    sys.exit(main())
