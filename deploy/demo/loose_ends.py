"""Stories that are told by half, so that whoever explores finds something to do in every role.

They are left once in a directory, after the story itself, and no recipient that is played is told anything by them.
"""

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

from deploy.demo import stories, tellings, visits
from deploy.demo.tellings import Telling
from deploy.demo.visits import Visit

JSON = Any
TELLING = 1000  # other people than any telling of the story has
MANDATE_DAYS = 30
FOR_OFFICER = "northmoor-east-parking"
MOVE = {
    "moved_on": "2026-01-30",
    "old_address": {"lines": ["2 Mill Lane"], "town": "Millthorpe", "postcode": "ZX1 4QT"},
    "new_address": {"lines": ["8 Mill Lane"], "town": "Millthorpe", "postcode": "ZX1 4QT"},
    "services": {"parking_permit": True},
    "subject": {"identifiers": {"vehicles": ["ZX55ABC"]}},
}


def leave(url: str, directory: Path) -> None:
    """Leave them, unless they are there. Raises Unexpected."""
    done = directory / "loose-ends.txt"
    if done.exists():
        return
    family(url, directory)
    caller(url, directory)
    mover(url)
    done.touch()


def family(url: str, directory: Path) -> None:
    """A death is registered; the daughter has begun to tell of it and lets her father help."""
    story = stories.story(telling=TELLING)
    telling = tellings.start(visits.staff(url, directory, visits.REGISTRAR), story)
    daughter = visits.informant(url, story, reference=telling.reference)
    said = {name: story.answers[name] for name in ("informant", "subject")}
    daughter.call("PATCH", f"/api/v1/reports/{telling.report}/answers", said, key=str(uuid.uuid4()))
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=MANDATE_DAYS)
    wish = {"purposes": ["follow", "answer"], "until": until.isoformat()}
    code = daughter.call("POST", f"/accounts/reports/{telling.report}/invitations", wish)["code"]
    visits.citizen(url, visits.HUSBAND).call("POST", "/accounts/mandates/accept", {"code": code})


def caller(url: str, directory: Path) -> None:
    """Somebody telephones about a death, and has to look for the rest."""
    story = stories.story(telling=TELLING + 1)
    adviser = visits.staff(url, directory, visits.ADVISER)
    subject = story.register_entry["subject"]
    said = {"subject": {"name": subject["name"]}, "informant": story.answers["informant"]}
    begin(adviser, "death", said)


def mover(url: str) -> None:
    """Somebody has moved, of which an officer has to hear; and has begun to tell of another move."""
    citizen = visits.citizen(url, visits.NEIGHBOUR)
    telling = begin(citizen, "move", MOVE)
    instruction = {"recipients": [FOR_OFFICER], "consents": []}
    citizen.call("POST", f"/api/v1/reports/{telling.report}/submission", instruction, key=str(uuid.uuid4()))
    begin(citizen, "move", {"old_address": MOVE["new_address"]})


def begin(visit: Visit, kind: str, said: JSON) -> Telling:
    """Start a report and answer some of its questions. Raises Unexpected."""
    report = visit.call("POST", "/api/v1/reports", {"kind": kind}, key=str(uuid.uuid4()))
    visit.call("PATCH", f"/api/v1/reports/{report['id']}/answers", said, key=str(uuid.uuid4()))
    return Telling(report["id"], report["reference"])
