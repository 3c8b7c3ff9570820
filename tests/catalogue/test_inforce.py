"""Who serves an address, and which agreements count on a day."""

import datetime as dt

import pytest
from pytest_django import DjangoAssertNumQueries

from tellusonce.catalogue import inforce
from tellusonce.models import Agreement, Area, Postcode
from tests import factories

AREAS = [
    Area(code="moor"),
    Area(code="east", parent_id="moor", postcodes=["ZX1", "ZX2 3", "SW1"]),
    Area(code="west", parent_id="moor", postcodes=["ZX", "ZX11"]),
    Area(code="village", parent_id="east", postcodes=["ZX1 9AB"]),
]


@pytest.mark.parametrize(
    ("postcode", "codes"),
    [
        ("ZX1 1AA", {"east", "moor"}),
        ("ZX11 1AA", {"west", "moor"}),
        ("ZX2 3AA", {"east", "moor"}),
        ("ZX2 4AA", {"west", "moor"}),
        ("ZX1 9AB", {"village", "east", "moor"}),
        ("ZX1 9AD", {"east", "moor"}),
        ("SW1A 1AA", {"east", "moor"}),
        ("AB1 2CD", set()),
        ("BFPO 57", set()),
        ("75001", set()),
        ("", set()),
    ],
)
def test_a_postcode_lies_where_its_longest_beginning_is_claimed(postcode: str, codes: set[str]) -> None:
    assert inforce.locate([{"postcode": postcode}], AREAS, {}) == codes


@pytest.mark.parametrize(
    ("postcode", "expected"),
    [
        ("ZX1 2AB", ["ZX1 2AB", "ZX1 2A", "ZX1 2", "ZX1", "ZX"]),
        ("SW1A 1AA", ["SW1A 1AA", "SW1A 1A", "SW1A 1", "SW1A", "SW1", "SW"]),
        ("M60 1NW", ["M60 1NW", "M60 1N", "M60 1", "M60", "M"]),
        ("ZX1", []),
    ],
)
def test_a_district_is_never_taken_for_a_sector(postcode: str, expected: list[str]) -> None:
    assert list(inforce.beginnings(postcode)) == expected


def test_an_address_that_names_its_area_is_taken_at_its_word() -> None:
    assert inforce.locate([{"area": "west", "postcode": "ZX1 1AA"}], AREAS, {}) == {"west", "moor"}
    assert inforce.locate([{"area": "elsewhere", "postcode": "ZX1 1AA"}], AREAS, {}) == {"east", "moor"}


def test_all_addresses_count() -> None:
    addresses = [{"postcode": "ZX11 1AA"}, {"area": "east"}, {"text": "somewhere"}]
    assert inforce.locate(addresses, AREAS, {}) == {"east", "west", "moor"}


LISTED = {"ZX1 1AA": ("west", "shire"), "ZX1 1AB": ("gone", "elsewhere"), "ZX5 5AA": ("moor",), "ZX6 6AA": ()}


@pytest.mark.parametrize(
    ("address", "codes"),
    [
        ({"postcode": "ZX1 1AA"}, {"west", "moor", "shire"}),
        ({"postcode": "ZX1 1AA", "area": "east"}, {"east", "moor"}),
        ({"postcode": "ZX1 1AA", "area": "unheard-of"}, {"west", "moor", "shire"}),
        ({"postcode": "ZX1 1AB"}, {"east", "moor"}),
        ({"postcode": "ZX5 5AA"}, {"moor"}),
        ({"postcode": "ZX6 6AA"}, {"west", "moor"}),
    ],
)
def test_the_directory_knows_better_than_the_beginnings_and_the_informant_best(
    address: dict[str, str], codes: set[str]
) -> None:
    assert inforce.locate([address], [*AREAS, Area(code="shire")], LISTED) == codes


@pytest.mark.django_db
def test_several_councils_are_found_from_postcodes_alone() -> None:
    """Design, section 3: the areas of all the addresses, district and county."""
    Area.objects.bulk_create([Area(code="east"), Area(code="shire"), Area(code="water")])
    Postcode.objects.create(code="ZX1 1AA", district="east", county="shire", nation="england", is_terminated=False)
    Postcode.objects.create(code="ZX7 1AA", district="water", county="", nation="england", is_terminated=True)
    addresses = [{"postcode": "ZX1 1AA"}, {"postcode": "ZX7 1AA"}, {"text": "a boat"}, {"postcode": "75001"}]
    assert inforce.areas_of(addresses, Area.objects.all()) == {"east", "shire", "water"}
    assert inforce.areas_of([], Area.objects.all()) == set()
    assert inforce.areas_of([{"text": "a boat"}], Area.objects.all()) == set()


@pytest.mark.django_db
def test_areas_are_found_in_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    Area.objects.bulk_create(Area(code=a.code, parent_id=a.parent_id, postcodes=a.postcodes) for a in AREAS)
    areas = list(Area.objects.all())
    with django_assert_num_queries(1):
        assert inforce.areas_of([{"postcode": "ZX1 1AA"}, {"postcode": "ZX2 3AA"}], areas) == {"east", "moor"}


@pytest.mark.django_db
def test_only_the_newest_version_counts() -> None:
    assert inforce.agreements("death") == []
    factories.recipient("old")
    newest = factories.recipient("new")
    (agreement,) = newest.agreements.all()
    factories.count_agreements([agreement.pk])
    assert inforce.agreements("death") == [agreement]


@pytest.mark.django_db
def test_only_agreements_in_force_on_that_day_are_given() -> None:
    dates = {"in_force_from": dt.date(2026, 1, 1), "in_force_until": dt.date(2026, 12, 31)}
    factories.recipient("dated", agreement=dates)
    days = [dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 12, 31), dt.date(2027, 1, 1)]
    assert [len(inforce.agreements("death", on=day)) for day in days] == [0, 1, 1, 0]
    assert len(inforce.agreements("death")) == 1
    assert inforce.agreements("move") == []


@pytest.mark.django_db
def test_recipients_serve_an_area_or_the_whole_nation(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    factories.recipient("east", serves=["east", "village"])
    factories.recipient("west", serves=["west"])
    factories.recipient("nation")
    factories.recipient("gone", is_active=False)
    factories.recipient("moves", agreement={"kind": "move"})
    with django_assert_num_queries(2):
        found = inforce.recipients_for("death", {"east", "moor"})
        assert [each.slug for each in found] == ["east", "nation"]
        assert all(each.route and each.organisation.name for each in found)
    assert [each.slug for each in inforce.recipients_for("death", set())] == ["nation"]


@pytest.mark.django_db
def test_an_agreement_of_the_organisation_is_for_all_its_recipients() -> None:
    one = factories.recipient("one", agreement={"kind": "move"})
    factories.recipient("two", agreement={"kind": "move"})
    factories.recipient("other", organisation="other", agreement={"kind": "move"})
    whole = Agreement.objects.create(
        slug="whole",
        number=1,
        organisation=one.organisation,
        kind="death",
        fields=["death.died_on"],
        lawful_basis="public_task",
        in_force_from=dt.date(2025, 1, 1),
        in_force_until=dt.date(2026, 6, 30),
        catalogue=factories.version(),
    )
    factories.count_agreements([whole.pk])
    assert [each.slug for each in inforce.recipients_for("death", set())] == ["one", "two"]
    assert inforce.recipients_for("death", set(), on=dt.date(2026, 7, 1)) == []
