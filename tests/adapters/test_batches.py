"""Many messages in one file: the same bytes for the same messages, in their recipient's form, for its eyes alone."""

import csv
import io
from typing import Any

import pyrage
import pytest
from lxml import etree
from pydantic import ValidationError

from adapters import batches, inbox
from adapters.batches import File
from adapters.contract import Endpoint, Message, Refused

ID = "0d6a6f5e-1111-4222-8333-444455556666"
CSV: dict[str, Any] = {
    "format": "csv",
    "columns": ["surname", "died", "lines"],
    "mapping": "{surname: subject.name.family, died: uk_date(death.died_on), lines: subject.addresses[0].lines}",
}
XML = {
    "format": "xml",
    "root": "Deaths",
    "row": "Death",
    "mapping": "{Name: {Family: subject.name.family}, Line: lines}",
}


def message(**fields: Any) -> Message:
    told = {"subject": {"name": {"family": "Quillfeather"}}, "death": {"died_on": "2026-10-30"}}
    return Message(ID, "death", "notify", "TUO-1", 1, "2026-11-01T10:00:00+00:00", {**told, **fields})


def written(told: Message, **settings: Any) -> str:
    file = File(**settings)
    return batches.encode_batch([batches.row(told, file)], file).decode()


def family(name: str) -> dict[str, Any]:
    return {"subject": {"name": {"family": name}, "addresses": [{"lines": ["1 Larch Row", "Flat 2"]}]}}


def test_a_csv_file_has_its_columns_in_their_order_after_the_id() -> None:
    rows = list(csv.reader(io.StringIO(written(message(**family("Quillfeather")), **CSV))))
    assert rows == [
        ["message", "surname", "died", "lines"],
        [ID, "Quillfeather", "30/10/2026", "1 Larch Row; Flat 2"],
    ]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ('O"Hara, née Ng', 'O"Hara, née Ng'),
        ("two\nlines", "two\nlines"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@sum", "'@sum"),
        ("-x", "'-x"),
        ("+44 20 7946 0018", "+44 20 7946 0018"),
        ("-4", "-4"),
    ],
)
def test_a_cell_is_what_was_told_and_never_a_formula(name: str, cell: str) -> None:
    rows = list(csv.reader(io.StringIO(written(message(**family(name)), **CSV), newline="")))
    assert rows[1][1] == cell


def test_what_is_not_known_is_an_empty_cell_and_no_element() -> None:
    assert list(csv.reader(io.StringIO(written(message(), **CSV))))[1][3] == ""
    assert b"Line" not in written(message(), **XML).encode()


def test_an_xml_file_nests_and_repeats_as_its_mapping_does() -> None:
    root = etree.fromstring(written(message(lines=["a & b", "c"]), **XML).encode())
    assert root.tag == "Deaths"
    (row,) = root
    assert (row.tag, row.get("message"), row.findtext("Name/Family")) == ("Death", ID, "Quillfeather")
    assert [line.text for line in row.findall("Line")] == ["a & b", "c"]


@pytest.mark.parametrize(
    ("settings", "told", "code"),
    [
        ({**CSV, "columns": ["surname"]}, {}, "row-misfit"),
        ({**CSV, "mapping": "subject.name.family"}, {}, "row-misfit"),
        ({**CSV, "mapping": "{surname: subject.name}"}, {}, "row-misfit"),
        ({**XML, "mapping": "{\"a b\": 'x'}"}, {}, "row-misfit"),
        ({**XML, "mapping": "{a: lines}"}, {"lines": "\x01"}, "value-misfit"),
    ],
)
def test_what_does_not_fit_the_form_is_refused_by_a_word(settings: Any, told: Any, code: str) -> None:
    with pytest.raises(Refused) as refused:
        written(message(**told), **settings)
    assert refused.value.code == code


def test_the_same_messages_make_the_same_file() -> None:
    assert written(message(), **CSV) == written(message(), **CSV)


def test_only_the_recipients_key_opens_what_is_encrypted() -> None:
    theirs, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    file = File(**CSV, encrypt_to=str(theirs.to_public()))
    content = batches.sealed(b"Quillfeather", file)
    assert b"Quillfeather" not in content
    assert (file.ending, file.media_type) == (".csv.age", "application/age")
    assert pyrage.decrypt(content, [theirs]) == b"Quillfeather"
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(content, [other])
    assert batches.sealed(b"as it is", File(**CSV)) == b"as it is"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({**CSV, "columns": []}, "names no `columns`"),
        ({**CSV, "columns": ["message"]}, "always the first"),
        ({**CSV, "encrypt_to": "age1nonsense"}, "public key of age"),
        ({**CSV, "mapping": "{"}, "not JMESPath"),
        ({**XML, "root": "a b"}, "pattern"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_a_remedy(settings: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        inbox.Options.model_validate({"file": settings})


def test_an_agreement_has_to_grant_what_the_file_reads() -> None:
    endpoint = Endpoint("libraries", "inbox", "", {"file": CSV})
    assert inbox.fields_needed(endpoint) == {"subject.name.family", "death.died_on", "subject.addresses.lines"}
    assert inbox.fields_needed(Endpoint("libraries", "inbox", "", {})) == frozenset()
    assert "`mail.to`" in inbox.check(Endpoint("libraries", "inbox", "", {"mail": {"to": "nobody"}}))[0]
