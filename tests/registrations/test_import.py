"""Register extracts become started reports: wholly or not at all, and once."""

import io
from pathlib import Path

import pytest

from adapters.registers import gro
from identity.ledger import Actor
from tellusonce import events, registrations, reports
from tellusonce.models import Batch, Registration, Report

pytestmark = pytest.mark.django_db

IMPORTER = Actor("registrations-import", organisation="northmoor")
REAL = Path(__file__).parents[3] / "shared" / "data" / "gro" / "DWP_D_20220301.xml"
NAMESPACES = (
    'xmlns="http://www.ons.gov.uk/gro/OGDDeathExtractDWP" '
    'xmlns:b="http://www.govtalk.gov.uk/people/PersonDescriptives" '
    'xmlns:p="http://www.ons.gov.uk/gro/people/GROPersonDescriptives"'
)


def record(number: int, *, is_update: bool = False, family: str = "QUILLFEATHER", died: str = "2026-10-30") -> str:
    """Write one record of an extract."""
    kind = (
        "<RecordUpdateDateTime>2026-11-05T09:00:00</RecordUpdateDateTime><RecordUpdateReason>1</RecordUpdateReason>"
        if is_update
        else "<RecordLockedDateTime>2026-11-02T09:00:00</RecordLockedDateTime>"
    )
    return (
        f"<DeathRegistration><RegistrationID>{number}</RegistrationID>{kind}"
        f"<DeceasedName><p:PersonGivenName>ALMA</p:PersonGivenName>"
        f"<p:PersonFamilyName>{family}</p:PersonFamilyName></DeceasedName><DeceasedGender>2</DeceasedGender>"
        f"<DeceasedDeathDate><b:PersonDeathDate>{died}</b:PersonDeathDate></DeceasedDeathDate></DeathRegistration>"
    )


def extract(*records: str) -> io.BytesIO:
    """Write a whole extract."""
    body = "".join(records) + f"<RecordCount>{len(records)}</RecordCount>"
    return io.BytesIO(f"<DeathRegistrationGroup {NAMESPACES}>{body}</DeathRegistrationGroup>".encode())


def take(*records: str) -> registrations.Taken:
    return registrations.take(IMPORTER, extract(*records))


def test_a_registration_starts_a_report_that_rests_on_its_entry() -> None:
    taken = take(record(1), record(2))
    assert (taken.started, taken.kept) == (2, 0)
    report = Report.objects.first()
    assert report is not None
    assert report.evidence.get().type == "register-entry"
    told = reports.answers(IMPORTER, report.pk)
    assert told["subject"]["name"]["family"].casefold() == "quillfeather"
    assert told["death"]["died_on"] == "2026-10-30"


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_an_update_is_kept_before_or_after_its_registration(order: tuple[bool, bool]) -> None:
    for is_update in order:
        take(record(7, is_update=is_update))
    assert sorted(Registration.objects.values_list("is_update", "report__kind")) == [(False, "death"), (True, None)]
    assert len(set(Registration.objects.values_list("number_index", flat=True))) == 1


def test_the_same_file_again_changes_nothing() -> None:
    take(record(1), record(2, is_update=True))
    assert take(record(1), record(2, is_update=True)).is_known_file
    assert (Report.objects.count(), Registration.objects.count(), Batch.objects.count()) == (1, 2, 1)


def test_a_record_that_comes_again_in_another_file_is_known() -> None:
    take(record(1))
    taken = take(record(2), record(1))
    assert (taken.started, taken.known) == (1, 1)
    assert Report.objects.count() == 2


def test_one_bad_record_refuses_the_whole_file_and_each_reason_is_listed() -> None:
    with pytest.raises(registrations.Refused) as refused:
        take(record(1), record(2, died="2026-13-40"), record(3, died="2999-01-01"))
    assert [each.number for each in refused.value.refusals] == ["2", "3"]
    assert "Date of death must be today or in the past" in refused.value.refusals[1].why
    assert not Report.objects.exists()
    assert not Batch.objects.exists()


def test_a_number_registered_twice_with_other_particulars_is_refused() -> None:
    take(record(1))
    with pytest.raises(registrations.Refused) as refused:
        take(record(1, family="OTHER"))
    assert "has to come as an update" in refused.value.refusals[0].why


def test_a_truncated_file_is_refused_wholly() -> None:
    whole = extract(record(1), record(2)).getvalue()
    with pytest.raises(registrations.Refused):
        registrations.take(IMPORTER, io.BytesIO(whole[: len(whole) // 2]))
    assert not Report.objects.exists()


def test_nothing_of_a_record_stands_in_the_clear() -> None:
    take(record(4711, family="QUILLFEATHER"))
    kept = Registration.objects.get()
    assert b"QUILL" not in bytes(kept.sealed).upper()
    assert b"4711" not in bytes(kept.number_index)


def reversed_extract(file: Path) -> bytes:
    """Turn the order of a file's records round."""
    text = file.read_text(encoding="utf-8")
    end = "</DeathRegistration>"
    first = text.index("<DeathRegistration>")
    last = text.rindex(end) + len(end)
    records = [part + end for part in text[first:last].split(end)[:-1]]
    return (text[:first] + "".join(reversed(records)) + text[last:]).encode()


@pytest.fixture(params=["as it is", "turned round"])
def whole_extract(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[bytes, int, int]:
    """The published extract where it is at hand, or one of our own, in either order; with its counts."""
    own = tmp_path / "own.xml"
    own.write_bytes(extract(record(1), record(2, is_update=True), record(2), record(1, is_update=True)).getvalue())
    file, started, kept = (REAL, 23, 10) if REAL.exists() else (own, 2, 2)
    return (file.read_bytes() if request.param == "as it is" else reversed_extract(file)), started, kept


def test_an_extract_starts_its_reports_and_keeps_its_updates_in_either_order(
    whole_extract: tuple[bytes, int, int],
) -> None:
    content, started, kept = whole_extract
    taken = registrations.take(IMPORTER, io.BytesIO(content))
    assert (taken.started, taken.kept) == (started, kept)
    for report in Report.objects.all():
        assert events.validate_partial(events.find("death"), reports.answers(IMPORTER, report.pk))


def test_the_reader_is_the_one_of_the_general_register_office() -> None:
    assert [each.kind for each in gro.read(extract(record(1))) if isinstance(each, gro.Record)] == ["registration"]
