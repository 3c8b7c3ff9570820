"""Where the informant of a report is reached: by what they prefer, and never by what they did not give.

Whether somebody reads there is not known, so that nothing goes there but what names nobody.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tellusonce import answering, events, messages
from tellusonce.models import Notice, Report
from tellusonce.notices import channels, owing, words
from tellusonce.notices.owing import EMAIL, LETTER, TEXT, Contact

JSON = Any
MOST_LINES = 7  # GOV.UK Notify: three to seven, the last one a postcode or a country
FEWEST_LINES = 3


def of_informant(report: Report, *, kind: str) -> Contact | None:
    """Say where to send a notice of this kind; None where there is no way to. Raises VaultFailure."""
    informant = _informant(report)
    ways = channels.ways()
    given = (Contact(by, at, _language(informant)) for by, at in _routes(informant))
    fit = (each for each in given if each.by in ways and owing.can_go(kind, each.by))
    return next(fit, None)


def of_invited(report: Report, invited: Mapping[str, JSON]) -> Contact | None:
    """Say where to ask another adult whom the informant named, in the informant's language; None if there is no way."""
    language, ways = _language(_informant(report)), channels.ways()
    given = ((EMAIL, invited.get("email")), (TEXT, invited.get("phone")))
    return next((Contact(by, at, language) for by, at in given if at and by in ways), None)


def _language(informant: Mapping[str, JSON]) -> str:
    return words.CY if informant.get("letter_language") == "welsh" else words.EN


def _informant(report: Report) -> Mapping[str, JSON]:
    closed = report.answers.order_by("-number").first()
    told = messages.answers_of(closed, report.key) if closed else answering.told_so_far(report)
    part = "informant" if "informant" in events.find(report.kind).model.model_fields else "subject"
    found: Mapping[str, JSON] = told.get(part) or {}
    return found


def _routes(informant: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """List how they can be reached, the best first: a telephone is texted only by whoever asked for it."""
    wish, email, phone = informant.get("contact_by"), informant.get("email"), informant.get("phone")
    if email and wish in {None, "email"}:
        yield EMAIL, email
    if phone and wish == "text":
        yield TEXT, phone
    if (wish == "post" or not (wish or email or phone)) and (lines := _lines(informant)):
        yield LETTER, "\n".join(lines)


def _lines(informant: Mapping[str, JSON]) -> list[str]:
    """Write an address as it stands on an envelope; nothing where a letter would not find its way."""
    address = informant.get("address") or {}
    name = informant.get("name") or {}
    last = address.get("postcode") or address.get("country")
    whom = " ".join([*name.get("given", ()), name.get("family", "")]).strip()
    places = [*address.get("lines", ()), address.get("town"), address.get("county")]
    lines = [each for each in (whom, *places) if each][: MOST_LINES - 1]
    return [*lines, last] if last and len(lines) + 1 >= FEWEST_LINES else []


def handed_over_to(report: Report, *, kind: str) -> Contact | None:
    """Give where the reference was sent when the report was started, if it was. Raises VaultFailure."""
    sent = Notice.objects.select_related("key").filter(report=report, kind="reference").order_by("by")
    given = (Contact(each.by, owing.unseal(each)[0], each.language) for each in sent)
    return next((each for each in given if owing.can_go(kind, each.by)), None)
