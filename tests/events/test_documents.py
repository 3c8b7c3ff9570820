"""The pages in docs/ that speak of kinds are true."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tellusonce.events
from tellusonce import events
from tellusonce.events import definitions, vocabularies

ROOT = Path(__file__).parents[2]
FIELDS = (ROOT / "docs" / "fields.md").read_text()
LISTED = ROOT.parent / "shared" / "data" / "tell-us-once-fields.txt"
ROW = re.compile(r"\| `([^`]+)` \| (.+) \|")
DEATH = events.find("death")
OTHER_KINDS = FIELDS.partition("## The other kinds")[2].partition("\n## ")[0]
FIELDS_LISTED = 178


def _pages(text: str, *, heading: str) -> dict[str, str]:
    parts = re.split(heading, text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


ACCOUNTED = {page: dict(ROW.findall(rows)) for page, rows in _pages(FIELDS, heading=r"^### (\S+\.html)$").items()}


def _accounts() -> Iterator[tuple[str, str]]:
    for page, rows in ACCOUNTED.items():
        yield from ((f"{page}: {name}", home) for name, home in rows.items())


def test_the_page_accounts_for_the_whole_list() -> None:
    """16 pages with 178 fields between them, many on several pages, as of July 2026."""
    assert len(ACCOUNTED) == 16
    assert sum(map(len, ACCOUNTED.values())) == 178


def test_the_page_has_every_field_of_the_list_where_that_is_at_hand() -> None:
    accounted = {page: set(rows) for page, rows in ACCOUNTED.items()}
    assert sum(map(len, accounted.values())) == FIELDS_LISTED
    if LISTED.exists():
        pages = _pages(LISTED.read_text(), heading=r"^=== (\S+) ===$")
        assert {page: set(names.split()) for page, names in pages.items()} == accounted


@pytest.mark.parametrize(("name", "home"), list(_accounts()))
def test_each_field_has_a_home_or_a_reason(name: str, home: str) -> None:
    if home.startswith("not kept: "):
        assert len(home) > len("not kept: a short reason"), name
    else:
        assert all(events.expand(DEATH, path) for path in re.findall(r"`([a-z_]+\.[a-z_.]+)`", home) or [home])


def test_the_page_names_every_sensitive_field() -> None:
    section = FIELDS.partition("## Sensitive fields")[2].partition("\n## ")[0]
    named = {leaf for path in re.findall(r"`([a-z_]+\.[a-z_.]+)`", section) for leaf in events.expand(DEATH, path)}
    assert named == {path for path, field in events.vocabulary(DEATH).items() if field.is_sensitive}


def test_the_page_names_no_path_that_is_not_there() -> None:
    of_death = FIELDS.replace(OTHER_KINDS, "")
    for path in re.findall(r"`((?:subject|death|informant|services|estate|spouse|next_of_kin)\.[a-z_.]+)`", of_death):
        assert events.expand(DEATH, path)


@pytest.mark.parametrize("kind", [kind for kind in events.kinds().values() if kind is not DEATH], ids=lambda k: k.name)
def test_the_page_names_each_group_of_the_other_kinds_and_what_is_marked(kind: events.Kind) -> None:
    section = OTHER_KINDS.partition(f"### {kind.name}\n")[2].partition("\n### ")[0]
    groups, _, sensitive = section.partition("Sensitive:")
    rows = dict(ROW.findall(groups))
    assert set(rows) == set(kind.model.model_fields)
    named = {leaf for path in re.findall(r"`([a-z_.]+)`", sensitive) for leaf in events.expand(kind, path)}
    assert named == {path for path, field in events.vocabulary(kind).items() if field.is_sensitive}
    theirs = {path.split(".")[0] for path, field in events.vocabulary(kind).items() if field.is_for_inviting}
    assert {path for path, words in rows.items() if "to invite" in words} == theirs


@pytest.fixture
def room_for_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A second folder of the package, so that a test drops no file among the sources."""
    monkeypatch.setattr(tellusonce.events, "__path__", [*tellusonce.events.__path__, str(tmp_path)])
    definitions.kinds.cache_clear()
    yield tmp_path
    definitions.kinds.cache_clear()


def test_a_kind_added_as_the_page_says_is_found_and_works(room_for_kinds: Path) -> None:
    page = (ROOT / "docs" / "adding-a-kind.md").read_text()
    (room_for_kinds / "retirement.py").write_text(re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)[0])
    assert list(events.kinds()) == ["birth", "death", "marriage", "move", "retirement"]
    retirement = events.find("retirement")
    assert events.vocabulary(retirement)["subject.retires_for_health"].is_sensitive
    assert events.vocabulary(retirement)["partner.email"].is_for_inviting
    assert "subject.name.family" in events.expand(retirement, "subject")
    asked = [page.name for page in retirement.pages if page.when({})]
    assert asked == ["your-name", "retired-on", "your-address", "partner"]
    assert {path for page in retirement.pages for path in page.fields} <= set(vocabularies.fields(retirement.model))
    with pytest.raises(events.Faults) as refused:
        events.validate(retirement, {"partner": {"email": "x"}})
    assert {fault.message for fault in refused.value.faults} >= {
        "Enter the family name of the person who retires",
        "E-mail address of the husband, wife or partner must be an e-mail address, like name@example.com",
    }
