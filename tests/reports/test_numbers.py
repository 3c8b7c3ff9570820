"""What a recipient itself calls somebody is learnt from what it confirms, and the next report brings it."""

from typing import Any

import pytest

from adapters.contract import Answer, OwnNumber
from identity import numbers, people, pseudonyms, vault
from identity.ledger import Actor
from identity.models import Access, DataKey, OrganisationNumber, Person, Pseudonym
from tellusonce import confirmations, events, inbox, reports
from tellusonce.deliveries import namings
from tellusonce.inbox import Wish
from tellusonce.models import Confirmation, Delivery, Recipient, Report
from tests import factories
from tests.callers import Caller

pytestmark = pytest.mark.django_db
COUNCIL = Actor("council tax", "council")
WHY = "test"
WHERE: dict[str, Any] = {
    **factories.TOLD,
    "subject": {"addresses": [{"use": "usual", "lines": ["1 Larch Row"], "town": "Northmoor", "postcode": "SW1A 1AA"}]},
}
ACCOUNT = OwnNumber("council-tax-account", "CT-0047-11")
OWN = ("subject.name.family", "recipient.numbers.scheme", "recipient.numbers.value", "recipient.pseudonym")


def owed(*slugs: str, grants: tuple[str, ...] = OWN) -> dict[str, Delivery]:
    """Owe one report to the inboxes of these organisations."""
    for slug in slugs:
        if not Recipient.objects.filter(slug=f"{slug}-tax").exists():
            factories.recipient(f"{slug}-tax", organisation=slug, grants=grants, address="", route={"adapter": "inbox"})
    report = factories.submitted()
    return {each.recipient.organisation.slug: each for each in report.deliveries.all()}


def said(delivery: Delivery, outcome: str = "acted", *told: OwnNumber, door: str = "rest", **more: Any) -> bool:
    Delivery.objects.filter(pk=delivery.pk, tries=0).update(tries=1)
    answer = Answer(outcome, numbers=told or (ACCOUNT,), **more)
    return confirmations.take(COUNCIL, delivery.pk, answer, door=door).is_new


def subject(delivery: Delivery) -> Any:
    return Report.objects.get(pk=delivery.report_id).subject


def known_as(delivery: Delivery, organisation: str = "council") -> dict[str, str]:
    return numbers.known_as(COUNCIL, person=subject(delivery), organisation=organisation, purpose=WHY)


def test_a_number_is_learnt_for_the_subject_and_who_said_it(settings: Any) -> None:
    delivery = owed("council")["council"]
    assert said(delivery)
    assert known_as(delivery) == {"council-tax-account": "CT004711"}
    assert known_as(delivery, "elsewhere") == {}
    learnt = OrganisationNumber.objects.get()
    assert learnt.learnt_from == f"confirmation:{Confirmation.objects.get().pk}"
    entry = Access.objects.get(action="number_learnt")
    assert (entry.organisation, entry.on) == ("council", learnt.learnt_from)


def test_saying_it_again_learns_nothing_new() -> None:
    delivery = owed("council")["council"]
    assert (said(delivery), said(delivery)) == (True, False)
    assert (Confirmation.objects.count(), OrganisationNumber.objects.count()) == (1, 1)


def test_another_number_makes_another_confirmation() -> None:
    delivery = owed("council")["council"]
    assert said(delivery)
    assert said(delivery, "acted", OwnNumber("council-tax-account", "CT-9"))
    assert known_as(delivery) == {"council-tax-account": "CT9"}


def test_a_number_stands_nowhere_in_the_clear() -> None:
    delivery = owed("council")["council"]
    said(delivery)
    kept = Confirmation.objects.get()
    columns = [str(value) for value in vars(kept).values()] + [repr(bytes(kept.sealed or b""))]
    assert not [each for each in columns if "0047" in each]
    place = f"tellusonce_confirmation.sealed:{kept.pk}"
    assert b"CT-0047-11" in vault.unseal(delivery.report.key, bytes(kept.sealed or b""), place=place)


@pytest.mark.parametrize(
    ("outcome", "number", "part", "words"),
    [
        ("acted", OwnNumber("nhs", "123"), "value", "NHS number: ten digits"),
        ("acted", OwnNumber("shoe-size", "9"), "scheme", "There is no scheme 'shoe-size'"),
        ("no_match", ACCOUNT, "value", "can have no number of the person"),
    ],
)
def test_a_number_that_cannot_be_right_is_a_fault_and_nothing_is_written(
    outcome: str, number: OwnNumber, part: str, words: str
) -> None:
    delivery = owed("council")["council"]
    with pytest.raises(confirmations.UnfitNumbers, match=words) as refused:
        said(delivery, outcome, number)
    assert refused.value.faults[0][0] == part
    assert not Confirmation.objects.exists()
    assert not OrganisationNumber.objects.exists()


def test_in_a_reply_a_number_that_cannot_be_right_is_left_out_and_the_rest_counts() -> None:
    delivery = owed("council")["council"]
    Delivery.objects.update(tries=1)
    answer = Answer("acted", numbers=(OwnNumber("nhs", "123"), ACCOUNT))
    assert confirmations.take_reply(delivery.pk, answer, organisation="council", recipient="council-tax")
    assert known_as(delivery) == {"council-tax-account": "CT004711"}


def test_of_a_person_who_was_forgotten_nothing_is_learnt_and_the_confirmation_counts() -> None:
    delivery = owed("council")["council"]
    vault.destroy([DataKey.objects.get(pk=Person.objects.get(pk=subject(delivery)).key_id)])
    assert said(delivery)
    assert not OrganisationNumber.objects.exists()


def test_what_was_said_before_there_were_numbers_is_known_again() -> None:
    """The mark of a confirmation without numbers is what it always was."""
    answer = Answer("acted", their_reference="R-1")
    plain = b'{"actions": [], "note": "", "occurred_at": null, "outcome": "acted", "their_reference": "R-1"}'
    assert confirmations._mark(answer, after=b"") == vault.digest("confirmation", plain)


# What a message brings

MOVE: dict[str, Any] = {
    "moved_on": "2026-10-01",
    "old_address": {"lines": ["1 Larch Row"], "town": "Northmoor", "postcode": "SW1A 1AA"},
    "new_address": {"lines": ["2 Elm Row"], "town": "Northmoor", "postcode": "SW1A 1AA"},
}


def moved(*slugs: str) -> Report:
    """Let Alma move, and owe that to the inboxes of these organisations; the second time it is about her as well."""
    for slug in slugs:
        agreed = {"kind": "move"}
        made = Recipient.objects.filter(slug=f"{slug}-moves").first()
        if made is None:
            route = {"adapter": "inbox"}
            factories.recipient(
                f"{slug}-moves", organisation=slug, grants=OWN, agreement=agreed, address="", route=route
            )
    told = {**MOVE, "subject": factories.ENTRY["subject"]}
    report = reports.start(factories.REGISTRAR, events.find("move"), told=told)
    reports.submit(factories.REGISTRAR, report.pk)
    report.refresh_from_db()
    return report


def to(report: Report, organisation: str) -> Delivery:
    return report.deliveries.get(recipient__organisation__slug=organisation)


def brought(report: Report, organisation: str) -> dict[str, Any]:
    """Fetch what an organisation is told about a report, and give what it is told of its own names."""
    wanted = str(to(report, organisation).pk)
    page = inbox.fetch(Actor("x", organisation), Wish())
    (message,) = [item.message for item in page.items if item.message.id == wanted]
    own: dict[str, Any] = message.fields.get("recipient", {})
    return own


def test_the_next_report_brings_each_its_own_number_and_pseudonym_and_nobody_elses() -> None:
    first = moved("council", "library")
    said(to(first, "council"))
    second = moved("council", "library")
    assert first.subject == second.subject
    council, library = brought(second, "council"), brought(second, "library")
    assert council["numbers"] == [{"scheme": "council-tax-account", "value": "CT004711"}]
    assert set(library) == {"pseudonym"}
    assert library["pseudonym"] != council["pseudonym"]
    assert pseudonyms.behind(council["pseudonym"], organisation="council") == first.subject
    assert pseudonyms.behind(library["pseudonym"], organisation="council") is None


def test_the_death_of_somebody_who_moved_brings_the_number_learnt_from_the_move() -> None:
    factories.recipient("council-tax", organisation="council", grants=OWN, address="", route={"adapter": "inbox"})
    said(to(moved("council"), "council"))
    report = factories.started(entry=factories.ENTRY, told=WHERE)
    reports.submit(factories.REGISTRAR, report.pk)
    assert brought(report, "council")["numbers"][0]["value"] == "CT004711"


def test_a_number_learnt_between_two_tries_changes_nothing_of_what_is_said() -> None:
    delivery = to(moved("council"), "council")
    before = brought(delivery.report, "council")
    numbers.learn(
        COUNCIL,
        person=subject(delivery),
        organisation="council",
        scheme="own-reference",
        value="K1",
        learnt_from="confirmation:x",
    )
    assert brought(delivery.report, "council") == before
    assert "numbers" not in before
    assert brought(moved("council"), "council")["numbers"] == [{"scheme": "own-reference", "value": "K1"}]


def test_who_is_not_granted_it_gets_neither() -> None:
    delivery = owed("council", grants=("subject.name.family",))["council"]
    assert brought(delivery.report, "council") == {}
    assert delivery.known_as is None
    assert not Pseudonym.objects.exists()


def test_what_is_pinned_is_sealed_under_the_report_and_bound_to_its_delivery() -> None:
    first = moved("council")
    said(to(first, "council"))
    delivery = to(moved("council"), "council")
    sealed = bytes(delivery.known_as or b"")
    assert b"CT004711" not in sealed
    key = vault.unwrap(delivery.report.key.wrapped, delivery.report.key.master_version)
    assert namings.opened(key, sealed, delivery_id=delivery.pk)["recipient"]["numbers"][0]["value"] == "CT004711"
    with pytest.raises(vault.Tampered):
        namings.opened(key, sealed, delivery_id=to(first, "council").pk)


def test_that_we_looked_is_in_the_ledger_of_the_person() -> None:
    delivery = to(moved("council"), "council")
    entry = Access.objects.get(action="pseudonym_given")
    assert (entry.about, entry.on, entry.purpose) == (
        f"person:{subject(delivery)}",
        "organisation:council",
        "move",
    )


def test_people_found_to_be_one_bring_the_numbers_of_both_and_split_their_own() -> None:
    one, other = to(moved("council"), "council"), owed("council")["council"]
    said(one)
    said(other, "acted", OwnNumber("library-card", "L-5"))
    people.merge(COUNCIL, kept=subject(one), merged=subject(other), purpose=WHY)
    both = [("council-tax-account", "CT004711"), ("library-card", "L5")]
    assert [tuple(each.values()) for each in brought(moved("council"), "council")["numbers"]] == both
    people.split(COUNCIL, person=subject(other), purpose=WHY)
    assert [tuple(each.values()) for each in brought(moved("council"), "council")["numbers"]] == both[:1]


def test_where_it_is_open_to_doubt_whose_move_it_is_it_brings_no_name_at_all() -> None:
    known = moved("council").subject
    told = {**MOVE, "subject": {"name": {"given": ["Cuthbert"], "family": "Quillfeather"}, "born_on": "1929-11-30"}}
    report = reports.start(factories.REGISTRAR, events.find("move"), told=told)
    reports.submit(factories.REGISTRAR, report.pk)
    report.refresh_from_db()
    assert known is not None
    assert report.subject is None
    assert brought(report, "council") == {}


def test_the_preview_says_that_names_of_their_own_are_granted_and_not_whether_there_are_any() -> None:
    factories.recipient("council-tax", organisation="council", grants=OWN)
    said(to(moved("council"), "council"))
    report = factories.started(entry=factories.ENTRY, told=WHERE)
    answer = Caller().get(f"/reports/{report.pk}/preview")
    (offer,) = answer.json()["recipients"]
    shown = {each["path"]: each["has_value"] for each in offer["fields"]}
    assert shown == {path: path == "subject.name.family" for path in OWN}
    assert "CT004711" not in answer.content.decode()
