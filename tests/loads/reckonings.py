"""The invariants, from the list of what was owed, the recipients' own books, the database and the ledger.

Nothing owed is lost; nothing has two effects or two message ids; nothing came to whom it was not owed; the ledger's
chain holds; nothing that was told stands where it may not.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy import services
from deploy.demo import calls
from tests.journeys import leaks
from tests.loads.recipients import CANARY
from tests.loads.stacks import Stack, administrator

JSON = Any
TAKEN, UNREAD = frozenset({"taken", "duplicate"}), "unauthorised"
Told = tuple[str, str]  # a reference, and a recipient's name


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What was found; a fault is a sentence."""

    owed: int
    lost: int = 0
    duplicates: int = 0
    misdirected: int = 0
    leaks: int = 0
    tries: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every invariant holds."""
        return not (self.faults or self.lost or self.duplicates or self.misdirected or self.leaks)


def reckon(
    stack: Stack,
    *,
    withheld: Mapping[str, str] | None = None,
    undetected: Collection[str] = (),
    untold: Mapping[str, tuple[str, str]] | None = None,
    heard: str = "",
) -> Reckoning:
    """Check everything; call it when all is at rest.

    `withheld` are recipients that were not to be told, with the reason; `undetected` those that cannot tell a
    repetition, where one whose outcome nobody knows is left to a person; `untold` those that never took anything, with
    the state and reason in which all of theirs has to stand; `heard` is what was overheard at the broker.
    """
    owed, books = read_owed(stack.owed), list(read_books(stack.books))
    standing = _standing(stack)
    excused, waiting = withheld or {}, untold or {}
    told = {each for each in owed if each[1] not in waiting}
    faults = [*_unsettled(told, standing, excused, undetected), *_misplaced(owed - told, standing, waiting)]
    faults += ledger(stack)
    found = leaked(stack, heard)
    return Reckoning(
        owed=len(owed),
        lost=len(lost(told, books, excused, left=_left(standing, undetected))),
        duplicates=len(duplicates(books)),
        misdirected=len(misdirected(owed, books, excused)),
        leaks=len(found),
        tries=sum(line["event"] == "request" for line in books),
        faults=[*faults, *found],
    )


def read_owed(file: Path) -> set[Told]:
    """Read the list that was written before each submission; the last line about one counts."""
    lines = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    owed = {line["reference"]: line["recipients"] for line in lines}
    return {(reference, name) for reference, names in owed.items() for name in names}


def read_books(file: Path) -> Iterator[JSON]:
    """Read the requests that recipients noted down."""
    with file.open(encoding="utf-8") as books:
        for line in books:
            if line.endswith("\n") and (said := json.loads(line))["event"] == "request":
                yield said


def lost(
    owed: Collection[Told], books: Iterable[JSON], withheld: Collection[str] = (), *, left: Collection[Told] = ()
) -> list[Told]:
    """List what was owed and never taken, but for what was rightly `withheld` or is `left` to a person.

    Whoever acted on it has taken it, whatever they then said.
    """
    taken = {(line["reference"], line["recipient"]) for line in books if line["applied"] or line["ended"] in TAKEN}
    return sorted(each for each in owed if each not in taken and each[1] not in withheld and each not in left)


def duplicates(books: Iterable[JSON]) -> list[tuple[str, str, int | None]]:
    """List what had a second effect, or came under a second message id."""
    effects: Counter[tuple[str, str, int | None]] = Counter()
    ids = defaultdict(set)
    for line in books:
        what = (line["reference"], line["recipient"], line["sequence"])
        effects[what] += bool(line["applied"])
        ids[what].add(line["message_id"])
    return sorted((what for what in ids if effects[what] > 1 or len(ids[what]) > 1), key=str)


def misdirected(owed: Collection[Told], books: Iterable[JSON], withheld: Collection[str] = ()) -> list[Told]:
    """List what came to whom it was not owed, or could not be told to be of anything owed.

    Whoever did not believe us, and so read nothing, cannot say what it was.
    """
    came = {(line["reference"], line["recipient"]) for line in books if line["ended"] != UNREAD}
    return sorted(each for each in came if each not in owed or each[1] in withheld)


def leaked(stack: Stack, heard: str = "") -> list[str]:
    """Look for what was told in logs, metrics, tables, the broker's keys and whatever was overheard at it."""
    with administrator(stack.servers) as cursor:
        tables = leaks.dump(cursor)
    metrics = calls.insist("GET", f"{stack.url}/metrics", headers={}).body.decode()
    places = {"logs": leaks.logged(stack.directory), "metrics": metrics, "database": tables, "broker": heard}
    found = {name: _lines_of(text) for name, text in places.items() if is_in(text)}
    return [f"What was told stands in the clear in: {name} ({', '.join(lines)})." for name, lines in found.items()]


def _lines_of(text: str) -> list[str]:
    """Give the beginnings of the lines in which it stands: a table's name, a log's program, a metric."""
    return sorted({line[:60] for line in text.splitlines() if is_in(line)})[:5]


def leaked_in_files(stack: Stack) -> list[str]:
    """Look through all tables and logs however much they hold: each table is read as PostgreSQL writes it out."""
    found = [
        str(file.name) for file in (stack.directory / "logs").glob("*.log") if is_in(file.read_text(errors="replace"))
    ]
    tables = stack.query("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    with administrator(stack.servers) as cursor:
        for (name,) in tables:
            search = _Search()
            cursor.copy_expert(f'COPY "{name}" TO STDOUT', search)
            found += [name] if search.found else []
    return [f"What was told stands in the clear in: {name}." for name in found]


class _Search:
    """A file that nothing is kept of, but whether what was told is in it: as text, or as the digits of bytes."""

    def __init__(self) -> None:
        self.found = False
        self._wanted = (
            CANARY.encode(),
            CANARY.title().encode(),
            CANARY.upper().encode(),
            CANARY.encode().hex().encode(),
        )

    def write(self, piece: bytes | str) -> None:
        """Look through a piece, which psycopg2 gives row by row."""
        row = piece.encode() if isinstance(piece, str) else piece
        self.found = self.found or any(each in row for each in self._wanted)


def is_in(text: str) -> bool:
    """Whether anything that was told stands in a text, in the clear or packed as the broker's messages are."""
    return any(CANARY.lower() in each.lower() for each in (text, *leaks.unpacked(text)))


def _standing(stack: Stack) -> dict[Told, tuple[str, str]]:
    rows = stack.query(
        "SELECT r.reference, p.slug, d.state, d.reason FROM tellusonce_delivery d"
        " JOIN tellusonce_report r ON r.id = d.report_id JOIN tellusonce_recipient p ON p.id = d.recipient_id"
        " WHERE d.sequence = 1"
    )
    return {(reference, slug): (state, reason) for reference, slug, state, reason in rows}


def _left(standing: Mapping[Told, tuple[str, str]], undetected: Collection[str]) -> set[Told]:
    """List what a person has to decide, where a second message would not be noticed as one."""
    unknown = {("failed", "outcome-unknown")}
    return {told for told, how in standing.items() if told[1] in undetected and how in unknown}


def _unsettled(
    owed: Collection[Told],
    standing: Mapping[Told, tuple[str, str]],
    withheld: Mapping[str, str],
    undetected: Collection[str],
) -> Iterator[str]:
    """Say what the database does not know to be told, though it is owed."""
    left = _left(standing, undetected)
    for told in sorted(owed):
        state, reason = standing.get(told, ("missing", ""))
        if told[1] in withheld:
            if (state, reason) != ("withheld", withheld[told[1]]):
                yield f"{told[1]}: should be withheld as {withheld[told[1]]} and is {state} {reason}."
        elif state not in {"sent", "closed"} and told not in left:
            yield f"{told[1]}: {state} {reason} of {told[0]}."


def _misplaced(
    owed: Collection[Told], standing: Mapping[Told, tuple[str, str]], untold: Mapping[str, tuple[str, str]]
) -> Iterator[str]:
    """Say what was never taken and does not stand where a person looks."""
    for told in sorted(owed):
        state, reason = standing.get(told, ("missing", ""))
        if (state, reason) != untold[told[1]]:
            yield f"{told[1]}: should stand as {' '.join(untold[told[1]])} and is {state} {reason}."


def ledger(stack: Stack) -> Iterator[str]:
    """Say whether the chain of the ledger does not hold."""
    try:
        stack.manage("ledger", "seal")
        stack.manage("ledger", "verify")
    except services.CannotStart:
        yield "The ledger does not verify."
