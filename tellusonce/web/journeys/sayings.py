"""What is wrong with an answer, said in the reader's language; about what is one's own, to oneself."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tellusonce.events import Fault, dates, sentences
from tellusonce.events.faults import YOURS

# A date has three boxes on a page.
ON_PAGES: Mapping[str, str] = {
    dates.WRONG_DAY: gettext_noop("must be a real date, like 27 3 2026"),
    dates.WRONG_PARTIAL: gettext_noop(
        "must be a real date, like 11 4 1954; leave out the day or the month if not known"
    ),
}


def of(fault: Fault, *, teller: str) -> str:
    """Say a fault on a page; whatever lies in the part `teller` is about whoever fills it in."""
    if not fault.template:
        return _(fault.message)
    is_own = fault.path.startswith(f"{teller}.")
    template = YOURS.get(fault.template, fault.template) if is_own else fault.template
    return sentences.put(template, fault.values, say=_say, choice=choice)


def choice(value: str) -> str:
    """Say one of the choices of a field."""
    return _(value.replace("-", " ").capitalize())


def _say(words: str) -> str:
    return _(ON_PAGES.get(words, words))
