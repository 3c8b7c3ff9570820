"""A small catalogue that is in order, to be broken one line at a time."""

import datetime as dt
from pathlib import Path

from tellusonce.catalogue import checks
from tellusonce.catalogue.faults import Faulty

ON = dt.date(2026, 11, 22)
BASES = {"simulator": "http://127.0.0.1:9000"}

CATALOGUE = """\
areas:
  - {code: moor, name: Moor County}
  - {code: moor-east, name: Moor East, parent: moor, postcodes: [ZX1, ZX2 3]}
organisations:
  - slug: moor-council
    name: Moor Council
  - slug: fund
    name: Pension Fund
recipients:
  - slug: libraries
    name: Moor - Libraries
    organisation: moor-council
    serves: [moor]
    owner: Librarian
    confirm_within_days: 10
    assurance: {by: Network, until: 2027-03-31}
    route:
      adapter: rest
      address: "{simulator}/rest/libraries"
      settings:
        mapping: "{who: full_name(subject.name), died: death.died_on}"
  - slug: payroll
    name: Fund - Payroll
    organisation: fund
    owner: Clerk
    confirm_within_days: 5
    assurance: {by: Certificate, until: 2027-03-31}
    route: {adapter: inbox}
agreements:
  - slug: libraries-death
    organisation: moor-council
    recipient: libraries
    kind: death
    fields: [subject.name, death.died_on]
    lawful_basis: public_task
    in_force: {from: 2025-04-01}
    document_reference: MC/1
  - slug: fund-death
    organisation: fund
    kind: death
    fields: [subject.name, pensions]
    lawful_basis: contract
    in_force: {from: 2025-04-01, until: 2027-04-01}
    document_reference: F/1
"""

FILE = Path("moor.yaml")


def write(folder: Path, text: str = CATALOGUE, *, name: str = "moor.yaml") -> Path:
    """Write a file of the catalogue."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def altered(*changes: tuple[str, str]) -> str:
    """Change the example; each text to be replaced has to be there."""
    text = CATALOGUE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def complaints(folder: Path, text: str, *, on: dt.date = ON) -> list[str]:
    """Check a text and list its faults and warnings, without the name of the folder."""
    path = write(folder, text)
    try:
        found = list(checks.check([path], bases=BASES, on=on).warnings)
    except Faulty as error:
        found = error.faults
    return [str(fault).replace(f"{folder}/", "") for fault in found]
