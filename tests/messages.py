"""``make messages``: what pages say, gathered from code, templates and declarations, into what translators work on.

GNU gettext's format, by Babel. What is new is added without a translation, what is no longer said goes, and nothing is
guessed: a test fails until a person has filled in what is missing.
"""

import sys
from collections.abc import Iterator

import django
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_from_dir
from babel.messages.pofile import read_po, write_po

from deploy import translations

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# What is wrong with an answer: the second argument is what is said, in whole or with names in braces.
FAULTS = {"Fault": (2,), "of": (2,), "PydanticCustomError": (2,)}
RECEIPTS = {"BadReceipt": None}
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
PACKAGES = ("tellusonce", "identity")
REGISTERING = translations.ROOT / "tellusonce" / "registering.py"
SPOKEN = "cy"
HEADER = """# The pages in Welsh.
# Not yet reviewed by a Welsh writer: whoever does so may take this line out."""


def gather() -> Catalog:
    """Gather all that pages say."""
    from tellusonce.web import phrases  # noqa: PLC0415  Django has to be set up before

    found = Catalog(locale=SPOKEN, domain="django")
    for package in PACKAGES:
        place = str(translations.ROOT / package)
        for _, _, words, comments, context in extract_from_dir(place, METHODS, OPTIONS, KEYWORDS):
            found.add(words, auto_comments=comments, context=context)
    for words in (*faults_of_answers(), *faults_of_receipts()):
        found.add(words)
    for each in phrases.elsewhere():
        if each:
            found.add(each)
    return found


def faults_of_answers() -> Iterator[str]:
    """Give what is said of an answer that does not fit."""
    for file in (*sorted((translations.ROOT / "tellusonce" / "events").glob("*.py")), REGISTERING):
        with file.open("rb") as source:
            for _, words, _, _ in extract("python", source, FAULTS):
                yield str(words)


def faults_of_receipts() -> Iterator[str]:
    """Give what is said of a receipt that is not as it was issued."""
    with (translations.ROOT / "identity" / "receipts.py").open("rb") as source:
        for _, words, _, _ in extract("python", source, RECEIPTS):
            yield str(words)


def kept() -> Catalog:
    """Read what has been translated."""
    with translations.SOURCE.open("rb") as file:
        return read_po(file, locale=SPOKEN, domain="django")


def faults(catalog: Catalog, *, said: Catalog) -> Iterator[str]:
    """Say what is missing, doubtful, or no longer said in a catalogue."""
    for message in said:
        if message.id and catalog.get(message.id, message.context) is None:
            yield f"not gathered, run `make messages`: {message.id!r}"
    for message in catalog:
        if not message.id:
            continue
        if said.get(message.id, message.context) is None:
            yield f"no longer said, run `make messages`: {message.id!r}"
        if message.fuzzy or not all(strings(message)):
            yield f"not translated: {message.id!r}"
        else:
            yield from (f"{error}: {message.id!r}" for error in message.check(catalog))


def strings(message: Message) -> tuple[str | None, ...]:
    """Give the translations of a message: one, or one for each form of the plural."""
    return (message.string,) if isinstance(message.string, str | None) else tuple(message.string)


def write(catalog: Catalog) -> None:
    """Write it so that two people who add words each rarely touch the same line."""
    catalog.header_comment = HEADER
    with translations.SOURCE.open("wb") as file:
        write_po(file, catalog, width=120, no_location=True, sort_output=True, ignore_obsolete=True)


def main() -> int:
    """Bring the translators' file up to date, and say how many words are missing in it."""
    django.setup()
    said, catalog = gather(), kept()
    said.creation_date = catalog.creation_date  # or every run would change the file
    catalog.update(said, no_fuzzy_matching=True)
    write(catalog)
    found = list(faults(catalog, said=said))
    print(*found, f"{len(catalog)} messages, {len(found)} to see to in {translations.SOURCE}", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
