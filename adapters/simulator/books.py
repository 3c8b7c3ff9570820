"""What came, how often, and what was applied: a file of JSON lines that outlives the process, and a tally of it."""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from adapters.simulator.config import ConfigError

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Received:
    """What a request was found to say about itself; `fields` are paths, never values.

    `content` is what is said where the body wraps it, and its signature is another for each try.
    """

    message_id: str
    reference: str = ""
    sequence: int | None = None
    fields: tuple[str, ...] = ()
    operation: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Tally:
    """All that is known of one message id at one recipient."""

    message_id: str
    reference: str = ""
    sequence: int | None = None
    operation: str = ""
    tries: int = 0
    accepted: int = 0
    effects: int = 0
    statuses: list[int | None] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    first_at: str = ""
    last_at: str = ""
    confirmations: list[JSON] = field(default_factory=list)

    def add(self, line: JSON) -> None:
        """Count one request."""
        self.tries += 1
        self.accepted += line["ended"] in ("taken", "duplicate")
        self.effects += line["applied"]
        self.statuses.append(line["status"])
        self.reference, self.sequence, self.operation = line["reference"], line["sequence"], line["operation"]
        self.digests = sorted({*self.digests, line["digest"]})
        self.fields = sorted({*self.fields, *line["fields"]})
        self.bodies += [line["body"]] if "body" in line else []
        self.first_at, self.last_at = self.first_at or line["at"], line["at"]


class Books:
    """The books of all recipients. A line is written whole before the reply it speaks of is sent."""

    def __init__(self, path: Path, *, keep_bodies: bool = False) -> None:
        self._keep_bodies = keep_bodies
        self._tallies: defaultdict[str, dict[str, Tally]] = defaultdict(dict)
        self._owed: dict[str, JSON] = {}
        self._unread: defaultdict[str, int] = defaultdict(int)
        self._read(path)
        self._file: BinaryIO = path.open("ab", buffering=0)

    def _read(self, path: Path) -> None:
        """Remember what an earlier run wrote; a line cut short by a kill is cut off. Raises ConfigError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        with path.open("r+b") as file:
            whole = 0
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                try:
                    self._count(json.loads(line))
                except (ValueError, LookupError, TypeError) as error:
                    raise ConfigError(f"{path}: line {number} is no line of books.") from error
            file.truncate(whole)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _write(self, line: JSON) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._count(line)

    def request(
        self, recipient: str, received: Received | None, body: bytes, *, status: int | None, ended: str, **more: Any
    ) -> None:
        """Book one request; `applied` says that it had an effect, and `owes` lists confirmations that it brings."""
        said = received or Received("")
        body = said.content or body
        line: JSON = {
            "at": now(),
            "event": "request",
            "recipient": recipient,
            "message_id": said.message_id,
            "reference": said.reference,
            "sequence": said.sequence,
            "operation": said.operation,
            "digest": hashlib.sha256(body).hexdigest(),
            "status": status,
            "ended": ended,
            "applied": more.pop("applied", False),
            "fields": said.fields,
            **more,
        }
        if self._keep_bodies:
            line["body"] = body.decode(errors="replace")
        self._write(line)

    def confirmation(self, key: str, *, state: str, status: int | None) -> None:
        """Book one try to confirm; `state` is ``retrying``, ``taken`` or ``given_up``."""
        self._write({"at": now(), "event": "confirmation", "key": key, "state": state, "status": status})

    def _count(self, line: JSON) -> None:
        if line["event"] == "confirmation":
            self._count_confirmation(line)
        elif not line["message_id"]:
            self._unread[line["recipient"]] += 1
        else:
            self._count_request(line)

    def _count_request(self, line: JSON) -> None:
        tallies = self._tallies[line["recipient"]]
        tally = tallies.setdefault(line["message_id"], Tally(line["message_id"]))
        tally.add(line)
        for owes in line.get("owes", ()):
            entry = {**owes, "state": "owed", "tries": 0, "status": None}
            self._owed[owes["key"]] = entry
            tally.confirmations.append(entry)

    def _count_confirmation(self, line: JSON) -> None:
        entry = self._owed[line["key"]]
        entry.update(state=line["state"], status=line["status"], tries=entry["tries"] + 1)
        if line["state"] != "retrying":
            del self._owed[line["key"]]

    def tally(self, recipient: str, message_id: str) -> Tally:
        """What is known of a message so far; an empty one when it never came."""
        return self._tallies[recipient].get(message_id) or Tally(message_id)

    def owed(self) -> list[JSON]:
        """Confirmations that nobody has taken yet, in the order in which they were owed."""
        return list(self._owed.values())

    def account(self, recipient: str) -> list[Tally]:
        """All messages of one recipient, in the order of their first coming."""
        return list(self._tallies[recipient].values())

    def unread(self, recipient: str) -> int:
        """How many requests said not even which message they were."""
        return self._unread[recipient]


def now() -> str:
    """Say the time as the books do."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
