"""The whole service as real processes, and whoever registers what walks then tell."""

import itertools
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from deploy.demo import stories, tellings, visits
from deploy.demo.stories import Story
from tellusonce import events
from tellusonce.events.parts import dig
from tests.browser.walks import Letter
from tests.journeys.demos import Demo

JSON = Any


class Stage:
    """A running service with its recipients, and its registrar at the desk."""

    def __init__(self, demo: Demo) -> None:
        self.directory = demo.directory
        self.url = demo.addresses()["service"]
        self._registrar = visits.staff(self.url, self.directory, visits.REGISTRAR)
        self._numbers = itertools.count()

    def registered(self, kind: str, entry: Mapping[str, JSON]) -> Letter:
        """Register an event with its entry, and give the letter."""
        evidence = {"type": "register-entry", "entry": entry}
        begun = self._registrar.call("POST", "/api/v1/reports", {"kind": kind, "evidence": evidence}, key=str(uuid4()))
        on = dig(entry, events.find(kind).letter)
        return Letter(begun["reference"], entry["subject"]["name"]["family"], on)

    def death(self) -> tuple[Letter, Story]:
        """Register the story's death, of somebody else each time, and give the letter and what the family knows."""
        story = stories.story(telling=next(self._numbers))
        entry: Mapping[str, JSON] = story.register_entry
        begun = tellings.start(self._registrar, story)
        return Letter(begun.reference, entry["subject"]["name"]["family"], entry["death"]["died_on"]), story
