"""A service with a story that was told, one that is being told, and somebody of each role signed in."""

import re
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy import processes, servers
from deploy.demo import calls, loose_ends, stages, stories, tellings, visits
from deploy.demo.stages import Stage
from deploy.demo.visits import Visit

TOLD_SECONDS = 120
MESSAGE = re.compile(rb'href="(/inbox/messages/[0-9a-f-]+)')


@dataclass(frozen=True, slots=True)
class Page:
    """A main page: its name, where it is, and who reads it."""

    name: str
    path: str
    visit: Visit


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the service is, and its main pages by name."""

    url: str
    pages: Mapping[str, Page]


@contextmanager
def playing() -> Iterator[Scene]:
    """Run it for as long as the block does. Raises one of services.FAULTS, and Unexpected."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "kept"
        try:
            with processes.interruptible(), stages.running(directory) as stage:
                yield _played(stage)
        finally:
            servers.forget(directory)


def _played(stage: Stage) -> Scene:
    url, directory = stage.service.url, stage.service.directory
    staff = {
        login: visits.staff(url, directory, login)
        for login in (visits.REGISTRAR, visits.ADVISER, visits.OFFICER, visits.OPERATOR)
    }
    told, follower = _told(url, staff[visits.REGISTRAR])
    begun, teller = _begun(url, staff[visits.REGISTRAR])
    loose_ends.mover(url)
    pages = [
        Page("start", "/", Visit(url)),
        Page("question", f"/reports/{begun}/answers/addresses", teller),
        Page("answers", f"/reports/{begun}/answers", teller),
        Page("recipients", f"/reports/{begun}/recipients", teller),
        Page("follow", f"/reports/{told}/follow", follower),
        Page("registrar", "/registrar", staff[visits.REGISTRAR]),
        Page("registrar-report", f"/registrar/reports/{told}", staff[visits.REGISTRAR]),
        Page("adviser", f"/adviser/reports/{begun}/answers", staff[visits.ADVISER]),
        Page("inbox", "/inbox", staff[visits.OFFICER]),
        Page("message", _message(url, staff[visits.OFFICER]), staff[visits.OFFICER]),
        Page("mailboxes", "/operations/mailboxes", staff[visits.OPERATOR]),
    ]
    return Scene(url, {page.name: page for page in pages})


def _told(url: str, registrar: Visit) -> tuple[str, Visit]:
    """Tell a whole story, and wait until everybody who was told has said what they did."""
    story = stories.story(telling=0)
    telling = tellings.start(registrar, story)
    journey = visits.informant(url, story, reference=telling.reference)
    tellings.answer(journey, telling, story)
    until = time.monotonic() + TOLD_SECONDS
    tellings.follow(journey, telling, owed=stories.owed(telling=0), show=lambda *_: None, until=until)
    return telling.report, journey


def _begun(url: str, registrar: Visit) -> tuple[str, Visit]:
    """Answer everything of another story, and send nothing yet."""
    story = stories.story(telling=1)
    telling = tellings.start(registrar, story)
    journey = visits.informant(url, story, reference=telling.reference)
    journey.call("PATCH", f"/api/v1/reports/{telling.report}/answers", story.answers, key=str(uuid.uuid4()))
    return telling.report, journey


def _message(url: str, officer: Visit) -> str:
    heard = calls.insist("GET", f"{url}/inbox", headers={"Cookie": officer.cookie})
    found = MESSAGE.search(heard.body)
    if found is None:
        raise calls.Unexpected("There is nothing in the officer's inbox.")
    return found[1].decode()
