"""Who is told in a load: any number of recipients by REST, by SOAP or by fetching, as catalogue and as players.

All have one organisation, `loadshire`, and one agreement each. What is told is made up, and every name in it, which
may be seen nowhere else, ends with CANARY: people who sound alike would be compared with each other all the time.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from deploy.demo import players

JSON = Any
CANARY = "qvyxj"  # four letters stand by chance in random base64 once in a million places, and there are many
INWARD = "ABDEFGHJLNPQRSTUWXYZ"  # the letters that end a postcode
ORGANISATION = "loadshire"
CLIENTS = OFFICE, SYSTEM = "load-office", "load-system"  # their ids
FIELDS = ("subject.name", "subject.addresses", "death.died_on", "informant.name")
TALLYSTONE = "tallystone-revenues.wsdl"
WSDLS = Path(players.__file__).parent / "wsdl"
MAPPING = """{
  Header: {MessageId: message.id, CaseReference: message.reference, Sequence: message.sequence},
  Deceased: {
    Forenames: left(not_null(join_names(subject.name.given), '-'), `80`), Surname: left(subject.name.family, `80`),
    Address: subject.addresses[0] | {Line: map(&left(@, `80`), address_lines(@, `5`)), Postcode: postcode},
    DateOfDeath: whole_date(death.died_on)
  },
  Representative: informant.{Name: left(full_name(name), `80`)}
}"""


@dataclass(frozen=True, slots=True)
class Played:
    """One recipient: by what it is reached (``rest``, ``soap`` or ``inbox``), how it behaves, and what it can take.

    `address` is where it is told instead of at the simulator; `route`, `listed` and `agreed` go into the catalogue as
    they are; one that is `agreed` nothing (None) has no agreement.
    """

    name: str
    style: str = "rest"
    behaviour: Sequence[Mapping[str, JSON]] = ()
    detects_duplicates: bool = True
    limits: Mapping[str, JSON] = field(default_factory=lambda: {"in_flight": 16})
    address: str = ""
    route: Mapping[str, JSON] = field(default_factory=dict)
    listed: Mapping[str, JSON] = field(default_factory=dict)
    agreed: Mapping[str, JSON] | None = field(default_factory=dict)
    played: Mapping[str, JSON] = field(default_factory=dict)

    def as_listed(self) -> JSON:
        """Describe it as the catalogue does."""
        return {
            "slug": self.name,
            "name": self.name.title(),
            "organisation": ORGANISATION,
            "owner": "Load Officer",
            "confirm_within_days": 5,
            "assurance": {"by": "Loopback", "until": "2099-01-01"},
            "limits": dict(self.limits),
            "route": self._route(),
            **self.listed,
        }

    def _route(self) -> JSON:
        if self.style == "inbox":
            return {"adapter": "inbox", **self.route}
        usual: JSON = {"adapter": self.style, "address": self.address or f"{{simulator}}/{self.style}/{self.name}"}
        if not self.detects_duplicates:
            usual["detects_duplicates"] = False
        if self.style == "soap":
            said = {"service": "RevenuesService", "port": "RevenuesPort", "operation": "NotifyDeath"}
            usual |= {
                "documents": [str(WSDLS / TALLYSTONE)],
                "settings": {"wsdl": TALLYSTONE, "mapping": MAPPING, **said},
            }
        return {**usual, **self.route}

    def as_agreed(self) -> JSON:
        """Describe what it may be told."""
        return {
            "slug": f"{self.name}-death",
            "organisation": ORGANISATION,
            "recipient": self.name,
            "kind": "death",
            "fields": list(FIELDS),
            "lawful_basis": "public_task",
            "in_force": {"from": "2025-01-01"},
            "document_reference": "LOAD/1",
            **(self.agreed or {}),
        }

    def as_played(self) -> JSON:
        """Describe it as the simulator does."""
        usual: JSON = {"name": self.name, "style": self.style, "behaviour": [dict(each) for each in self.behaviour]}
        usual["detects_duplicates"] = self.detects_duplicates
        if self.style == "inbox" or any("confirm" in each for each in self.behaviour):
            usual["client"] = ORGANISATION
        if self.style == "soap":
            usual |= {
                "message_id": "Header.MessageId",
                "reference": "Header.CaseReference",
                "sequence": "Header.Sequence",
                "soap": {"wsdl": WSDLS / TALLYSTONE, "service": "RevenuesService", "port": "RevenuesPort"},
                "replies": {
                    "taken": {"Result": "Accepted", "Receipt": "{their_reference}"},
                    "duplicate": {"Result": "AlreadyReceived", "Receipt": "{their_reference}"},
                },
            }
        return {**usual, **self.played}


def several(count: int, *, style: str = "rest", **fields: Any) -> list[Played]:
    """Give so many recipients alike."""
    return [Played(f"{style}-{number}", style, **fields) for number in range(1, count + 1)]


def catalogue(recipients: Iterable[Played]) -> str:
    """Write the catalogue of these recipients; the simulator's address is filled in when it is applied."""
    listed = list(recipients)
    return yaml.safe_dump(
        {
            "areas": [{"code": "loadshire", "name": "Loadshire", "postcodes": ["ZX1"]}],
            "organisations": [{"slug": ORGANISATION, "name": "Loadshire Council"}],
            "recipients": [each.as_listed() for each in listed],
            "agreements": [each.as_agreed() for each in listed if each.agreed is not None],
        },
        sort_keys=False,
    )


def clients(passwords: Mapping[str, str]) -> list[JSON]:
    """Describe the systems that may log in, as ``manage.py client import`` reads them."""
    scopes = {
        OFFICE: ["reports:start", "evidence:record", "reports:answer", "reports:read"],
        SYSTEM: players.RECIPIENT_SCOPES,
    }
    return [
        {"name": name, "organisation": ORGANISATION, "scopes": granted, "id": name, "secret": passwords[name]}
        for name, granted in scopes.items()
    ]


def somebody(number: int, *, seed: int = 0) -> tuple[JSON, JSON]:
    """Give a register entry and the answers about somebody whom nobody reported yet; the same for the same number."""
    dice = random.Random(f"{seed}/{number}")  # noqa: S311 - a story, not a secret
    family, given, street = ("".join(dice.choices("abdeiklmnorstuv", k=9)).title() + CANARY for _ in range(3))
    postcode = f"ZX1 {number % 9 + 1}" + "".join(dice.choices(INWARD, k=2))
    born = f"{dice.randrange(1920, 1960)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"
    entry = {
        "subject": {"name": {"given": [given], "family": family}, "born_on": born},
        "death": {"died_on": "2026-10-30"},
        "registration": {"number": f"{seed % 1000:03}{number:06}"},
    }
    told = {
        "subject": {
            "addresses": [
                {
                    "use": "usual",
                    "lines": [f"{number % 400 + 1} {street} Row"],
                    "town": "Loadham",
                    "postcode": postcode,
                }
            ]
        },
        "informant": {"name": {"given": [f"Bram{CANARY}"], "family": family}, "relationship": "son"},
    }
    return entry, told
