"""Applying the files: one new version for what changed, nothing for what did not, and nothing agreed overwritten."""

import datetime as dt
import threading
from pathlib import Path

import pytest
from django.db import connection

from identity.models import Access
from tellusonce.catalogue import applying, checks, consequences, differences, snapshots
from tellusonce.catalogue.applying import Outcome
from tellusonce.models import (
    Agreement,
    Area,
    CatalogueVersion,
    Lane,
    Mailbox,
    Organisation,
    Recipient,
    Route,
)
from tests import factories
from tests.catalogue import examples
from tests.catalogue.examples import altered

pytestmark = pytest.mark.django_db


def wanted(folder: Path, text: str = examples.CATALOGUE) -> snapshots.Snapshot:
    path = examples.write(folder, text)
    return snapshots.wanted(checks.check([path], bases=examples.BASES, on=examples.ON))


def apply(folder: Path, text: str = examples.CATALOGUE) -> Outcome:
    return applying.apply(wanted(folder, text), by="tests")


def said(outcome: Outcome) -> list[str]:
    return [str(change) for change in differences.spoken(outcome.changes)]


def without(text: str, start: str, end: str) -> str:
    return text.partition(start)[0] + end + text.partition(end)[2]


def test_the_first_time_everything_is_added(tmp_path: Path) -> None:
    outcome = apply(tmp_path)
    assert said(outcome) == [
        "+ area moor",
        "+ area moor-east",
        "+ organisation fund",
        "+ organisation moor-council",
        "+ recipient libraries",
        "+ recipient payroll",
        "+ agreement fund-death",
        "+ agreement libraries-death",
    ]
    version = CatalogueVersion.objects.get()
    assert (version.number, version.applied_by, len(version.digest)) == (outcome.version, "tests", 64)
    assert sorted(version.agreements) == sorted(Agreement.objects.values_list("pk", flat=True))


def test_what_is_written_is_what_the_files_say(tmp_path: Path) -> None:
    outcome = apply(tmp_path)
    libraries = Recipient.objects.select_related("route").get(slug="libraries")
    assert libraries.serves == ["moor"]
    assert libraries.assured_until == dt.date(2027, 3, 31)
    assert libraries.route is not None
    assert libraries.route.address == "http://127.0.0.1:9000/rest/libraries"
    assert (libraries.route.number, libraries.route.catalogue_id) == (1, outcome.version)
    assert Recipient.objects.get(slug="payroll").route == Route.objects.get(adapter="inbox")
    agreement = Agreement.objects.get(slug="libraries-death")
    assert agreement.fields == [
        "death.died_on", "subject.name.family", "subject.name.given", "subject.name.suffix", "subject.name.title",
    ]  # fmt: skip
    assert (agreement.recipient, agreement.number, agreement.in_force_until) == (libraries, 1, None)
    assert Agreement.objects.get(slug="fund-death").recipient is None
    assert Area.objects.get(code="moor-east").parent_id == "moor"


def test_each_new_recipient_has_a_mailbox_and_its_lanes(tmp_path: Path) -> None:
    apply(tmp_path)
    assert Mailbox.objects.count() == 2
    assert sorted(Lane.objects.values_list("recipient__slug", "name")) == [
        ("libraries", "first"), ("libraries", "retry"), ("payroll", "first"), ("payroll", "retry"),
    ]  # fmt: skip


def test_applying_the_same_again_changes_nothing(tmp_path: Path) -> None:
    apply(tmp_path)
    assert apply(tmp_path) == Outcome([], None)
    assert CatalogueVersion.objects.count() == 1
    assert Access.objects.filter(action="catalogue_applied").count() == 1


def test_the_log_says_who_applied_which_version(tmp_path: Path) -> None:
    outcome = apply(tmp_path)
    entry = Access.objects.get()
    assert (entry.actor, entry.about) == ("tests", f"catalogue:{outcome.version}")


def test_a_changed_agreement_is_a_new_row_and_the_old_one_stays(tmp_path: Path) -> None:
    apply(tmp_path)
    old = Agreement.objects.get(slug="libraries-death")
    outcome = apply(
        tmp_path, altered(("[subject.name, death.died_on]", "[subject.name, death.died_on, informant.phone]"))
    )
    assert said(outcome) == ["~ agreement libraries-death: fields +informant.phone"]
    new = Agreement.objects.get(slug="libraries-death", number=2)
    kept = Agreement.objects.get(slug="fund-death")
    assert CatalogueVersion.objects.get(number=str(outcome.version)).agreements == sorted([kept.pk, new.pk])
    old.refresh_from_db()
    assert "informant.phone" not in old.fields


def test_a_removed_agreement_no_longer_counts(tmp_path: Path) -> None:
    apply(tmp_path)
    outcome = apply(tmp_path, examples.CATALOGUE.partition("  - slug: fund-death")[0])
    assert said(outcome) == ["- agreement fund-death"]
    assert CatalogueVersion.objects.get(number=str(outcome.version)).agreements == [
        Agreement.objects.get(slug="libraries-death").pk
    ]
    assert Agreement.objects.filter(slug="fund-death").exists()


def test_an_agreement_that_comes_back_is_a_new_row(tmp_path: Path) -> None:
    apply(tmp_path)
    apply(tmp_path, examples.CATALOGUE.partition("  - slug: fund-death")[0])
    apply(tmp_path)
    assert sorted(Agreement.objects.filter(slug="fund-death").values_list("number", flat=True)) == [1, 2]


def test_a_changed_address_is_a_new_route(tmp_path: Path) -> None:
    apply(tmp_path)
    outcome = apply(tmp_path, altered(("rest/libraries", "rest/books")))
    assert said(outcome) == [
        "~ route libraries: address http://127.0.0.1:9000/rest/libraries -> http://127.0.0.1:9000/rest/books"
    ]
    assert Recipient.objects.get(slug="libraries").route == Route.objects.get(recipient__slug="libraries", number=2)
    assert Route.objects.filter(recipient__slug="payroll").count() == 1


def test_a_route_says_whether_duplicates_are_detected(tmp_path: Path) -> None:
    apply(tmp_path)
    outcome = apply(tmp_path, altered(("adapter: rest\n", "adapter: rest\n      detects_duplicates: false\n")))
    assert said(outcome) == ["~ route libraries: detects_duplicates True -> False"]
    assert not Route.objects.get(number=2).detects_duplicates


def test_a_changed_mapping_is_named_and_not_quoted_when_it_is_long(tmp_path: Path) -> None:
    apply(tmp_path)
    outcome = apply(tmp_path, altered(("{who: ", "{whom: ")))
    assert said(outcome) == ["~ route libraries: settings.mapping changed"]


def test_a_changed_recipient_keeps_its_row_and_its_route(tmp_path: Path) -> None:
    apply(tmp_path)
    before = Recipient.objects.get(slug="libraries")
    text = altered(
        ("confirm_within_days: 10", "confirm_within_days: 3\n    limits: {in_flight: 2}"), ("name: Moor Co", "name: M")
    )
    outcome = apply(
        tmp_path,
        text.replace("serves: [moor]", 'opening_hours: {days: [friday, monday], from: "08:00", until: "17:00"}'),
    )
    assert said(outcome) == [
        "~ area moor: name Moor County -> Munty",
        (
            "~ recipient libraries: confirm_within_days 10 -> 3; serves -moor; in_flight 8 -> 2; "
            "opening_hours none -> {'days': [1, 5], 'from': '08:00', 'until': '17:00'}"
        ),
    ]
    after = Recipient.objects.get(slug="libraries")
    assert (after.pk, after.route_id, after.in_flight, after.serves) == (before.pk, before.route_id, 2, [])
    assert Mailbox.objects.count() == 2


def test_a_removed_recipient_is_no_longer_active_and_comes_back_by_its_old_route(tmp_path: Path) -> None:
    apply(tmp_path)
    shorter = without(examples.CATALOGUE, "  - slug: libraries\n", "  - slug: payroll")
    shorter = without(shorter, "  - slug: libraries-death", "  - slug: fund-death")
    outcome = apply(tmp_path, shorter)
    assert said(outcome) == ["- recipient libraries", "- agreement libraries-death"]
    assert not Recipient.objects.get(slug="libraries").is_active
    assert apply(tmp_path, shorter) == Outcome([], None)
    assert said(apply(tmp_path)) == ["+ recipient libraries", "+ agreement libraries-death"]
    assert Recipient.objects.get(slug="libraries").is_active
    assert Route.objects.filter(recipient__slug="libraries").count() == 1


def test_a_removed_area_goes_and_an_organisation_stays(tmp_path: Path) -> None:
    apply(tmp_path)
    text = altered(("  - {code: moor-east, name: Moor East, parent: moor, postcodes: [ZX1, ZX2 3]}\n", ""))
    text = without(text, "  - slug: fund\n", "recipients:")
    text = without(text, "  - slug: payroll", "agreements:").partition("  - slug: fund-death")[0]
    outcome = apply(tmp_path, text)
    assert said(outcome) == ["- area moor-east", "- recipient payroll", "- agreement fund-death"]
    assert [area.code for area in Area.objects.all()] == ["moor"]
    assert Organisation.objects.filter(slug="fund").exists()
    assert apply(tmp_path, text).version is None


def test_what_was_changed_by_hand_is_put_right(tmp_path: Path) -> None:
    apply(tmp_path)
    Recipient.objects.filter(slug="libraries").update(confirm_within_days=99)
    assert said(apply(tmp_path)) == ["~ recipient libraries: confirm_within_days 99 -> 10"]


def test_whoever_goes_with_deliveries_open_is_warned_of(tmp_path: Path) -> None:
    factories.recipient("gone")
    factories.submitted()
    changes = differences.compare(snapshots.stored(), wanted(tmp_path))
    assert [str(each) for each in consequences.foresee(changes)] == [
        "recipient `gone` goes while 1 delivery is still open; settle them, or put it back"
    ]


def test_an_agreement_that_goes_with_deliveries_untold_is_warned_of() -> None:
    factories.recipient("stays", agreement={"slug": "stays-death"})
    factories.submitted()
    before = snapshots.stored()
    after = {**before, "agreements": {}}
    assert [str(each) for each in consequences.foresee(differences.compare(before, after))] == [
        "agreement `stays-death` goes while 1 delivery is untold under it; they will be withheld, or put it back"
    ]
    assert consequences.foresee([]) == []


@pytest.mark.django_db(transaction=True)
def test_two_at_a_time_make_one_version(tmp_path: Path) -> None:
    asked = wanted(tmp_path)
    outcomes: list[Outcome] = []

    def run() -> None:
        outcomes.append(applying.apply(asked, by="tests"))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bool(outcome.version) for outcome in outcomes) == [False, True]
    assert CatalogueVersion.objects.count() == 1


def test_a_route_may_say_that_its_system_does_not_detect_duplicates(tmp_path: Path) -> None:
    apply(tmp_path)
    text = altered(('libraries"\n      settings', 'libraries"\n      detects_duplicates: false\n      settings'))
    assert said(apply(tmp_path, text)) == ["~ route libraries: detects_duplicates True -> False"]
    route = Recipient.objects.get(slug="libraries").route
    assert route is not None
    assert not route.detects_duplicates
