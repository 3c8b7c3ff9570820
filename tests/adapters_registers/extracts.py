"""Writes death extracts for tests, as the General Register Office would."""

import io
from collections.abc import Sequence
from xml.sax.saxutils import escape

HEAD = (
    '<DeathRegistrationGroup xmlns="http://www.ons.gov.uk/gro/OGDDeathExtractDWP"'
    ' xmlns:p="http://www.govtalk.gov.uk/people/PersonDescriptives"'
    ' xmlns:a="http://www.ons.gov.uk/gro/people/GROAddressDescriptives"'
    ' xmlns:n="http://www.ons.gov.uk/gro/people/GROPersonDescriptives">\n'
)
LOCKED = "<RecordLockedDateTime>2026-03-01T12:09:33</RecordLockedDateTime>"
UPDATED = "<RecordUpdateDateTime>2026-07-02T08:00:00</RecordUpdateDateTime><RecordUpdateReason>1</RecordUpdateReason>"
DIED = "<DeceasedDeathDate><p:PersonDeathDate>2026-02-28</p:PersonDeathDate></DeceasedDeathDate>"


def name(family: str, *given: str, element: str = "DeceasedName") -> str:
    """Write a name."""
    first = "".join(f"<n:PersonGivenName>{escape(each)}</n:PersonGivenName>" for each in given)
    return f"<{element}>{first}<n:PersonFamilyName>{escape(family)}</n:PersonFamilyName></{element}>"


def record(*parts: str, number: str = "500045735", when: str = LOCKED, died: str = DIED) -> str:
    """Write one record; what `parts` leave out is left out, but for a name."""
    named = "" if any("<DeceasedName>" in part for part in parts) else name("EXAMPLE", "George")
    inner = "".join((f"<RegistrationID>{number}</RegistrationID>", when, named, died, *parts))
    return f"<DeathRegistration>{inner}</DeathRegistration>\n"


def extract(*records: str, count: int | None = None, head: str = HEAD) -> bytes:
    """Write a whole file; `count` may lie."""
    told = len(records) if count is None else count
    return f"{head}{''.join(records)}<RecordCount>{told}</RecordCount></DeathRegistrationGroup>".encode()


class Trickle(io.BytesIO):
    """A file that knows how much of it was read."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        super().__init__()
        self.left = list(chunks)

    def read(self, _size: int | None = -1, /) -> bytes:
        """Give the next chunk, however much is asked for."""
        return self.left.pop(0) if self.left else b""
