"""People for the tests of people and matching."""

import dataclasses
from typing import Any

from identity import matching, vault
from identity.ledger import Actor
from identity.models import Person
from identity.records import Record
from identity.traits import Name, Place, Traits

CLERK = Actor("Registrar's system", "northmoor")
WHY = "test"

ALMA = Traits(
    names=(Name("alma", "quillfeather"),),
    born_on="19310203",
    places=(Place("1", "larchrow", "", "northmoor", "zx12ab"),),
)


def like(traits: Traits, **changes: Any) -> Traits:
    """Give somebody who differs in this."""
    return dataclasses.replace(traits, **changes)


def kept(traits: Traits) -> Person:
    """Keep somebody by their traits alone."""
    person = Person(key=vault.create_key())
    key = vault.unwrap(person.key.wrapped, person.key.master_version)
    person.record = person.traits = matching.sealed(traits, key=key, person=person.pk)
    person.save(force_insert=True)
    matching.index(person.pk, traits=traits)
    return person


def record(**facts: Any) -> Record:
    """Give what is known of Alma Quillfeather, with these changes."""
    usual: dict[str, Any] = {
        "names": [{"given": ["Alma"], "family": "Quillfeather"}],
        "born_on": "1931-02-03",
        "addresses": [{"lines": ["1 Larch Row"], "town": "Northmoor", "postcode": "SW1A 1AA"}],
    }
    return Record.model_validate(usual | facts)
