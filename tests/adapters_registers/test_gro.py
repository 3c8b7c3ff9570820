"""Death extracts of the General Register Office, read record by record."""

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.registers import gro, gro_entries
from tellusonce import events
from tellusonce.events import places
from tests.adapters_registers.extracts import HEAD, LOCKED, UPDATED, Trickle, extract, name, record

SHARED = Path(__file__).parents[3] / "shared" / "data" / "gro"
DEATH = events.find("death")
# Of the public project's two files: how many registrations and updates each holds.
COUNTS = {"DWP_D_20220301.xml": (23, 10), "updatedRecords.xml": (0, 5)}


def _read(data: bytes) -> list[gro.Record | gro.Fault]:
    return list(gro.read(io.BytesIO(data)))


def _entry(*parts: str, **options: Any) -> dict[str, Any]:
    (found,) = _read(extract(record(*parts, **options)))
    assert isinstance(found, gro.Record), found
    return found.entry


def _why(*parts: str, **options: Any) -> str:
    (found,) = _read(extract(record(*parts, **options)))
    assert isinstance(found, gro.Fault), found
    assert not found.is_whole_file
    return found.why


def _whole_file_fault(data: bytes) -> gro.Fault:
    *_, last = _read(data)
    assert isinstance(last, gro.Fault)
    assert last.is_whole_file
    return last


def test_extracts_are_read_whole_the_public_ones_where_they_are_at_hand() -> None:
    own = {"own": (extract(record(name("Reed", "Ann")), record(name("Reed"), when=UPDATED)), (1, 1))}
    public = {path.name: (path.read_bytes(), COUNTS[path.name]) for path in SHARED.glob("*.xml")}
    for file, (content, counts) in (own | public).items():
        found = _read(content)
        kinds = [record.kind for record in found if isinstance(record, gro.Record)]
        assert (kinds.count("registration"), kinds.count("update")) == counts, file
        assert len(kinds) == len(found), file
        for each in found:
            if isinstance(each, gro.Record) and each.kind == "registration":
                assert events.validate_partial(DEATH, each.entry) == each.entry, file


def test_a_registration_is_told_in_the_words_of_a_death() -> None:
    full = record(
        "<DeceasedName><n:PersonNameTitle>Mr</n:PersonNameTitle><n:PersonGivenName>George</n:PersonGivenName>"
        "<n:PersonGivenName>Test</n:PersonGivenName><n:PersonFamilyName>DE\n   EXAMPLE </n:PersonFamilyName>"
        "<n:PersonNameSuffix>OBE</n:PersonNameSuffix></DeceasedName>",
        name("SAMPLE", "Georgina", element="DeceasedAliasName"),
        "<DeceasedAliasNameType>formerly known as</DeceasedAliasNameType>",
        "<DeceasedMaidenName>MODEL</DeceasedMaidenName>",
        "<DeceasedGender>1</DeceasedGender>",
        "<DeceasedBirthDate><p:PersonBirthDate>1941-03-04</p:PersonBirthDate></DeceasedBirthDate>",
        "<DeceasedAddress><a:Flat>Flat 2</a:Flat><a:Building>The Elms</a:Building><a:Line>1 Sample Street</a:Line>"
        "<a:Line>Northmoor</a:Line><a:Postcode>zz99 9aa</a:Postcode></DeceasedAddress>",
    )
    (found,) = _read(extract(full))
    assert isinstance(found, gro.Record)
    assert (found.kind, found.number, found.reason, found.line) == ("registration", "500045735", "", 2)
    assert found.occurred_at.isoformat() == "2026-03-01T12:09:33+00:00"
    assert found.entry == {
        "subject": {
            "name": {"title": "Mr", "given": ["George", "Test"], "family": "DE EXAMPLE", "suffix": "OBE"},
            "other_names": [
                {"given": ["Georgina"], "family": "SAMPLE", "use": "former", "words": "formerly known as"},
                {"given": ["George", "Test"], "family": "MODEL", "use": "maiden"},
            ],
            "sex": "male",
            "born_on": "1941-03-04",
            "addresses": [
                {
                    "use": "usual",
                    "lines": ["Flat 2", "The Elms", "1 Sample Street", "Northmoor"],
                    "postcode": "ZZ99 9AA",
                }
            ],
        },
        "death": {"died_on": "2026-02-28"},
        "registration": {"number": "500045735", "registered_on": "2026-03-01"},
    }
    assert events.validate_partial(DEATH, found.entry) == found.entry


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1", "formal-correction"),
        ("2", "quality-assurance"),
        ("3", "typographical"),
        ("4", "cancelled"),
        ("5", "cancellation-removed"),
    ],
)
def test_an_update_says_why_it_was_made(code: str, reason: str) -> None:
    when = UPDATED.replace(">1<", f">{code}<")
    (found,) = _read(extract(record(when=when)))
    assert isinstance(found, gro.Record)
    assert (found.kind, found.reason, found.entry["registration"]) == ("update", reason, {"number": "500045735"})
    assert found.occurred_at.isoformat() == "2026-07-02T08:00:00+01:00"


def test_a_record_with_both_times_is_an_update() -> None:
    (found,) = _read(extract(record(when=LOCKED + UPDATED)))
    assert isinstance(found, gro.Record)
    assert found.kind == "update"


def test_an_update_may_leave_out_anything_and_is_kept() -> None:
    """A cancellation that is refused for want of a date of death would leave a living person dead."""
    (found,) = _read(extract(record("<DeceasedName/>", when=UPDATED, died="")))
    assert isinstance(found, gro.Record)
    assert found.entry == {"registration": {"number": "500045735"}} | {"subject": {"name": ANY_NAME}}


ANY_NAME = {"given": ["George"], "family": "EXAMPLE"}


@pytest.mark.parametrize(
    ("died", "told"),
    [
        ("<PartialYearOfDeath>1989</PartialYearOfDeath>", {"died_on": "1989"}),
        (
            "<PartialMonthOfDeath>7</PartialMonthOfDeath><PartialYearOfDeath>1989</PartialYearOfDeath>",
            {"died_on": "1989-07"},
        ),
        (
            "<PartialMonthOfDeath>--12</PartialMonthOfDeath><PartialYearOfDeath>1989</PartialYearOfDeath>",
            {"died_on": "1989-12"},
        ),
        ("<FreeFormatDeathDate>some time in\n July</FreeFormatDeathDate>", {"died_on_text": "some time in July"}),
        (
            (
                "<DeceasedDeathDate><p:PersonDeathDate>2026-02-28Z</p:PersonDeathDate></DeceasedDeathDate>"
                "<QualifierText>on or about</QualifierText>"
            ),
            {"died_on": "2026-02-28", "died_on_text": "on or about"},
        ),
        (
            (
                "<DeceasedDeathDate><p:PersonDeathDate/></DeceasedDeathDate><QualifierText>found</QualifierText>"
                "<FreeFormatDeathDate>early May</FreeFormatDeathDate>"
            ),
            {"died_on_text": "found; early May"},
        ),
    ],
)
def test_a_date_of_death_is_told_as_far_as_it_is_known(died: str, told: dict[str, str]) -> None:
    entry = _entry(died=died)
    assert entry["death"] == told
    assert events.validate_partial(DEATH, entry) == entry


@pytest.mark.parametrize(
    ("born", "told"),
    [
        ("<PartialYearOfBirth>1941</PartialYearOfBirth>", {"born_on": "1941"}),
        ("<FreeFormatBirthDate>about 1941</FreeFormatBirthDate>", {"born_on_text": "about 1941"}),
        ("<DeceasedBirthDate/>", {}),
    ],
)
def test_so_is_a_date_of_birth(born: str, told: dict[str, str]) -> None:
    subject = _entry(born)["subject"]
    assert {key: value for key, value in subject.items() if key.startswith("born")} == told


@pytest.mark.parametrize(("code", "sex"), [("1", "male"), ("2", "female"), ("9", "indeterminate")])
def test_codes_of_sex_are_told_in_words(code: str, sex: str) -> None:
    assert _entry(f"<DeceasedGender>{code}</DeceasedGender>")["subject"]["sex"] == sex


def test_one_description_stands_for_all_the_aliases() -> None:
    aliases = [name(family, "Ann", element="DeceasedAliasName") for family in ("ONE", "TWO", "THREE")]
    kinds = "".join(f"<DeceasedAliasNameType>{each}</DeceasedAliasNameType>" for each in ("otherwise", "formerly"))
    found = _entry(*aliases, kinds)["subject"]["other_names"]
    assert [(each["family"], each["use"]) for each in found] == [
        ("ONE", "alias"),
        ("TWO", "former"),
        ("THREE", "former"),
    ]
    assert [each["use"] for each in _entry(*aliases)["subject"]["other_names"]] == ["alias"] * 3


def test_an_alias_of_one_name_is_a_family_name() -> None:
    alias = "<DeceasedAliasName><n:PersonGivenName>Prince</n:PersonGivenName></DeceasedAliasName>"
    assert _entry(alias)["subject"]["other_names"] == [{"family": "Prince", "use": "alias"}]


@pytest.mark.parametrize("odd", ["M15 7", "UNKNOWN", "75001", "12 SAMPLE ROAD"])
def test_what_stands_for_a_postcode_and_is_none_stays_in_the_address(odd: str) -> None:
    entry = _entry(f"<DeceasedAddress><a:Line>1 Street</a:Line><a:Postcode>{odd}</a:Postcode></DeceasedAddress>")
    assert entry["subject"]["addresses"] == [{"use": "usual", "lines": ["1 Street", odd]}]
    assert events.validate_partial(DEATH, entry) == entry


@given(st.from_regex(gro_entries._POSTCODE, fullmatch=True))
def test_what_we_take_for_a_postcode_is_one(postcode: str) -> None:
    assert places.check_postcode(postcode)


@pytest.mark.parametrize(
    ("record_parts", "options", "why"),
    [
        ((), {"number": ""}, "RegistrationID has to be"),
        ((), {"number": "5000;DROP"}, "RegistrationID has to be"),
        ((), {"when": ""}, "neither RecordLockedDateTime (a registration) nor RecordUpdateReason (an update)"),
        ((), {"when": LOCKED.replace("-03-", "-13-")}, "RecordLockedDateTime has to be a time"),
        ((), {"when": UPDATED.replace(">1<", ">6<")}, "RecordUpdateReason has to be 1 to 5"),
        ((), {"when": "<RecordUpdateReason>1</RecordUpdateReason>"}, "RecordUpdateDateTime has to be a time"),
        ((), {"died": ""}, "no date of death"),
        ((), {"died": "<PartialMonthOfDeath>7</PartialMonthOfDeath>"}, "PartialYearOfDeath has to be four digits"),
        (("<PartialYearOfBirth>41</PartialYearOfBirth>",), {}, "PartialYearOfBirth has to be four digits"),
        (
            ("<PartialMonthOfBirth>July</PartialMonthOfBirth><PartialYearOfBirth>1941</PartialYearOfBirth>",),
            {},
            "PartialMonthOfBirth has to be 1 to 12",
        ),
        (
            ("<DeceasedBirthDate><p:PersonBirthDate>1941-02-30</p:PersonBirthDate></DeceasedBirthDate>",),
            {},
            "PersonBirthDate has to be a real date",
        ),
        (("<DeceasedGender>F</DeceasedGender>",), {}, "DeceasedGender has to be 1 (male), 2 (female) or 9"),
        (("<DeceasedName><x>1</x></DeceasedName>",), {}, "DeceasedName has no PersonFamilyName"),
        (("<DeceasedAliasName><x>1</x></DeceasedAliasName>",), {}, "DeceasedAliasName has no name in it"),
    ],
)
def test_a_record_that_cannot_be_used_says_why(
    record_parts: tuple[str, ...], options: dict[str, str], why: str
) -> None:
    assert why in _why(*record_parts, **options)


def test_one_bad_record_does_not_hide_the_others() -> None:
    found = _read(extract(record(), record(died="", number="77"), record()))
    assert [type(each) for each in found] == [gro.Record, gro.Fault, gro.Record]
    assert (found[1].line, found[1].number) == (3, "77")


def test_a_fault_never_quotes_the_record() -> None:
    secrets = ["SECRETFAMILY", "19410230", "SECRETSEX", "SECRETPLACE"]
    for part in (
        f"<DeceasedBirthDate><p:PersonBirthDate>{secrets[1]}</p:PersonBirthDate></DeceasedBirthDate>",
        f"<DeceasedGender>{secrets[2]}</DeceasedGender>",
    ):
        why = _why(name(secrets[0], "Ann"), f"<DeceasedAddress><a:Line>{secrets[3]}</a:Line></DeceasedAddress>", part)
        assert not any(secret in why for secret in secrets)
    broken = extract(record(name("SECRETFAMILY", "Ann"))).replace(b"</DeceasedName>", b"</SECRETFAMILY>&SECRET;")
    assert "SECRET" not in _whole_file_fault(broken).why


@pytest.mark.parametrize(
    ("data", "line", "why"),
    [
        (b"", 1, "not well-formed"),
        (b"\x00\x01", 1, "not well-formed"),
        (extract(record())[:-40], 3, "not well-formed"),
        (extract(record(), "\n\n<DeathRegistration></Death>"), 5, "not well-formed"),
        (extract(record()).replace(b"George", b"G\xe9orge"), 2, "not well-formed"),
        (b"<html/>", 1, "first element has to be DeathRegistrationGroup"),
        (extract(record(), "<Extra/>"), 3, "Only DeathRegistration and RecordCount"),
        (extract(record(), count=2), 3, "the file holds 1 records, and may have been cut short"),
        (HEAD.encode() + b"</DeathRegistrationGroup>", 1, "RecordCount is missing"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_with_its_line(data: bytes, line: int, why: str) -> None:
    fault = _whole_file_fault(data)
    assert why in fault.why
    assert fault.line == line


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x PUBLIC "a" "http://127.0.0.1:1/x.dtd">',
    ],
)
def test_a_document_type_is_never_accepted(doctype: str) -> None:
    data = doctype.encode() + extract(record()).replace(b"George", b"&a;" if b"ENTITY a" in doctype.encode() else b"G")
    assert "document type declaration" in _whole_file_fault(data).why
    assert not [each for each in _read(data) if isinstance(each, gro.Record)]


def test_entities_are_not_resolved() -> None:
    assert "well-formed" in _whole_file_fault(extract(record()).replace(b"George", b"&a;")).why


def test_comments_and_instructions_are_passed_over() -> None:
    data = (
        extract(record())
        .replace(b"George", b"Ge<!-- x -->orge<?y z?>")
        .replace(b"<RecordCount>", b"<!-- --><RecordCount>")
    )
    (found,) = _read(data)
    assert isinstance(found, gro.Record)
    assert found.entry["subject"]["name"]["given"] == ["George"]


def test_a_record_without_end_is_refused_before_memory_is() -> None:
    fault = _whole_file_fault(extract(record("<x/>" * 2000)))
    assert fault.why == "A record has more than 1000 elements"


def test_a_file_is_read_as_it_comes() -> None:
    """Streaming: the first record is there while most of the file is still to be read."""
    chunks = [
        HEAD.encode(),
        *([record().encode() * 100] * 50),
        b"<RecordCount>5000</RecordCount></DeathRegistrationGroup>",
    ]
    stream = Trickle(chunks)
    found = gro.read(stream)
    assert isinstance(next(found), gro.Record)
    assert len(stream.left) > 40
    assert sum(1 for _ in found) == 4999
    assert stream.left == []


def test_what_was_read_is_forgotten() -> None:
    """Behind the record in hand there is one empty shell; before it, no more than one gulp of the file."""
    for element in gro._children(io.BytesIO(extract(*([record()] * 2000)))):
        parent = element.getparent()
        assert parent is not None
        assert len(parent) < 200
        behind = list(element.itersiblings(preceding=True))
        assert len(behind) <= 1
        assert all(len(shell) == 0 for shell in behind)


def test_lines_are_right_deep_into_a_long_file() -> None:
    """libxml2 keeps line numbers in 16 bits unless it is asked not to."""
    data = extract(record(), "\n" * 100_000, record(died="", number="77"))
    fault = _read(data)[1]
    assert (fault.line, fault.number) == (100_003, "77")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_quietly(data: bytes) -> None:
    assert all(isinstance(each, gro.Fault) for each in _read(data))


@given(st.lists(st.sampled_from([record(), record(when=UPDATED), record(died=""), "<x/>", "<!-- -->", "&#0;", "</x>"])))
def test_any_order_of_records_ends_with_all_or_with_a_fault_of_the_file(records: list[str]) -> None:
    found = _read(extract(*records))
    is_refused = any(isinstance(each, gro.Fault) and each.is_whole_file for each in found)
    is_plain = all(each.startswith("<DeathRegistration>") for each in records)
    assert is_plain is not is_refused
    assert not is_plain or len(found) == len(records)
