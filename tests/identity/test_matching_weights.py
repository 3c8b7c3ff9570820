"""How alike two people are, what that is worth, and how it is learnt."""

import json
import random
from io import StringIO
from math import log2
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from identity import blocks, comparisons, training, traits, weights
from identity.comparisons import FIELDS, MISSING
from identity.traits import Name, Place, Traits
from tests.identity.persons import ALMA

WORDS = st.text("abcdefghijklm ", max_size=9).map(str.strip)
NAMES = st.tuples(st.builds(Name, WORDS, WORDS.map(lambda word: word.replace(" ", ""))))
PLACES = st.tuples(st.builds(Place, WORDS, WORDS, WORDS, WORDS, WORDS))
DATES = st.one_of(st.just(""), st.dates().map(lambda day: day.strftime("%Y%m%d").zfill(8)), st.just("1954"))
ANYBODY = st.builds(Traits, names=NAMES, born_on=DATES, sex=st.sampled_from(("", "male", "female")), places=PLACES)

NAME_EXAMPLES = [
    (Name("alma", "quillfeather"), Name("alma", "quillfeather"), ("exact", "exact")),
    (Name("alma mary", "quillfeather"), Name("alma", "quillfeather"), ("part", "exact")),
    (Name("alma", "quillfeather"), Name("alma", "quilfeather"), ("exact", "close")),
    (Name("alma", "quillfeather"), Name("quillfeather", "alma"), ("swapped", "swapped")),
    (Name("a", "quillfeather"), Name("alma", "quillfeather"), ("initial", "exact")),
    (Name("b", "quillfeather"), Name("alma", "quillfeather"), ("different", "exact")),
    (Name("", "quillfeather"), Name("alma", "quillfeather"), (MISSING, "exact")),
    (Name("margaret", "li"), Name("margery", "lo"), ("like", "different")),
]
DATE_EXAMPLES = [
    ("19540411", "19540411", "exact"),
    ("19540411", "1954", "part"),
    ("195404", "19540411", "part"),
    ("1955", "19540411", "different"),
    ("19540411", "19541104", "turned"),
    ("19540411", "19540412", "close"),
    ("19540411", "19450411", "close"),
    ("19540411", "19360928", "different"),
    ("", "19540411", MISSING),
]


@pytest.mark.parametrize(("one", "other", "levels"), NAME_EXAMPLES)
def test_names_are_alike_in_levels(one: Name, other: Name, levels: tuple[str, str]) -> None:
    found = comparisons.names(one, other)
    assert (found["given"], found["family"]) == levels


@pytest.mark.parametrize(("one", "other", "level"), DATE_EXAMPLES)
def test_birth_dates_are_alike_in_levels(one: str, other: str, level: str) -> None:
    assert comparisons.facts(Traits(born_on=one), Traits(born_on=other))["born_on"] == level


def test_lines_of_an_address_may_stand_the_other_way_round() -> None:
    levels = comparisons.places(Place("1", "larchrow", "themill"), Place("1", "themill", "larchrow"))
    assert levels["street"] == "like"


def test_one_number_that_agrees_outweighs_one_that_was_replaced() -> None:
    old, new = ("passport", "925665416"), ("passport", "533380006")
    one, other = Traits(identifiers=frozenset({old})), Traits(identifiers=frozenset({old, new}))
    assert comparisons.facts(one, other)["identifier"] == "exact"
    assert comparisons.facts(one, Traits(identifiers=frozenset({new})))["identifier"] == "different"
    assert comparisons.facts(one, Traits(identifiers=frozenset({("nhs", "9434765919")})))["identifier"] == MISSING


@given(ANYBODY, ANYBODY)
def test_it_does_not_matter_who_is_compared_with_whom(one: Traits, other: Traits) -> None:
    using = weights.current()
    assert using.score(one, other).bits == pytest.approx(using.score(other, one).bits)


@given(ANYBODY, ANYBODY)
def test_nobody_is_more_like_another_than_like_themselves_by_what_both_have(one: Traits, other: Traits) -> None:
    using = weights.current()
    assert using.score(one, other).bits <= sum(max(levels.values()) for levels in using.bits.values())
    assert all(each.level == "exact" for each in using.score(one, one).evidence)


@given(ANYBODY)
def test_what_is_packed_is_unpacked(anybody: Traits) -> None:
    assert Traits.unpacked(json.loads(json.dumps(anybody.packed()))) == anybody


def test_the_sum_is_that_of_the_evidence() -> None:
    score = weights.current().score(ALMA, ALMA)
    assert score.bits == pytest.approx(sum(each.bits for each in score.evidence))
    assert [each.field for each in score.evidence] == [
        field for field in FIELDS if field not in {"sex", "extra", "identifier"}
    ]


def test_every_level_of_every_field_has_its_chances_in_the_file() -> None:
    given_file = json.loads(weights.FILE.read_text())
    assert {field: set(levels) for field, levels in given_file["fields"].items()} == {
        field: set(levels) for field, levels in FIELDS.items()
    }
    exact = given_file["fields"]["family"]["exact"]
    assert weights.current().bits["family"]["exact"] == pytest.approx(log2(exact["m"] / exact["u"]))


def test_a_file_that_lacks_a_level_is_refused() -> None:
    given_file = json.loads(weights.FILE.read_text())
    del given_file["fields"]["town"]["close"]
    with pytest.raises(KeyError, match="close"):
        weights.parse(json.dumps(given_file))


SOUNDS = [
    ("robert", "R163"),
    ("rupert", "R163"),
    ("ashcraft", "A261"),
    ("tymczak", "T522"),
    ("pfister", "P236"),
    ("lee", "L000"),
]


@pytest.mark.parametrize(("word", "code"), SOUNDS)
def test_soundex_is_that_of_the_national_archives(word: str, code: str) -> None:
    """United States National Archives, "The Soundex Indexing System" (May 2007): its own examples."""
    assert traits.sound(word) == code.lower()


def test_accents_case_and_punctuation_do_not_matter() -> None:
    assert traits.name(["Zoë"], "O'Brien-Łukasz") == traits.name(["ZOE"], "obrien lukasz")
    assert traits.place(["Flat 2", "1 Larch Row"], town="Northmoor", postcode="zx1 2ab") == Place(
        "1", "larchrow", "flat2", "northmoor", "zx12ab"
    )


@given(ANYBODY)
def test_no_key_stands_for_a_date_or_a_postcode_alone(anybody: Traits) -> None:
    for block, text in blocks.plain(anybody):
        assert block.number == 0 or all(text.partition("|")[::2])


@pytest.fixture
def few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no more pairs than so few people need."""
    monkeypatch.setattr(training, "RANDOM_PAIRS", 20_000)


def people(number: int) -> list[Traits]:
    """Make people, each of them twice: once with a slip in the birth date."""
    draw = random.Random(3)  # noqa: S311  invented people
    letters = "abcdefghiklmnoprstuw"

    def word() -> str:
        return "".join(draw.choices(letters, k=6))

    made = []
    for _ in range(number):
        born = f"{draw.randint(1920, 1999)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
        one = Traits((Name(word(), word()),), born, "", (Place(str(draw.randint(1, 99)), word(), "", word(), word()),))
        slip = born if draw.random() < 0.75 else born[:-1] + str((int(born[-1]) + 1) % 10)
        made += [one, Traits(one.names, slip, "", one.places)]
    return made


@pytest.mark.usefixtures("few_pairs")
def test_what_is_learnt_without_labels_is_what_was_put_in() -> None:
    learnt = training.learn(people(300))
    assert learnt.m["born_on"]["exact"] == pytest.approx(0.75, abs=0.08)
    assert learnt.m["born_on"]["close"] == pytest.approx(0.25, abs=0.08)
    assert learnt.m["family"]["exact"] > 0.95
    assert learnt.u["family"]["exact"] < 0.01


def csv_of(file: Path, made: list[Traits]) -> Path:
    """Write people in the columns of FEBRL."""
    header = "given_name,surname,street_number,address_1,address_2,suburb,postcode,date_of_birth"
    rows = [",".join((*each.names[0], *each.places[0], each.born_on)) for each in made]
    file.write_text("\n".join([header, *rows]))
    return file


@pytest.mark.usefixtures("few_pairs")
def test_the_command_learns_and_leaves_thresholds_and_cautions_as_they_are(tmp_path: Path) -> None:
    out = tmp_path / "weights.json"
    source = csv_of(tmp_path / "people.csv", people(200))
    call_command("matching", "train", f"--file={source}", "--name=trial", f"--out={out}", stdout=StringIO())
    learnt, before = json.loads(out.read_text()), json.loads(weights.FILE.read_text())
    assert (learnt["version"], learnt["learnt_from"]) == ("trial", "400 records of people.csv")
    assert (learnt["thresholds"], learnt["cautions"]) == (before["thresholds"], before["cautions"])
    assert weights.parse(out.read_text()).bits["born_on"]["exact"] > 5


@pytest.mark.usefixtures("few_pairs")
def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    source, out, shown = csv_of(tmp_path / "people.csv", people(60)), tmp_path / "weights.json", StringIO()
    call_command("matching", "train", f"--file={source}", "--name=t", f"--out={out}", "--dry-run", stdout=shown)
    assert not out.exists()
    assert json.loads(shown.getvalue())["version"] == "t"


def test_the_command_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    few = csv_of(tmp_path / "few.csv", people(3))
    with pytest.raises(CommandError, match="6 people are too few"):
        call_command("matching", "train", f"--file={few}", "--name=t")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("matching", "train", f"--file={tmp_path / 'none.csv'}", "--name=t")
    few.write_text("surname\nQuillfeather\n")
    with pytest.raises(CommandError, match="has no column"):
        call_command("matching", "train", f"--file={few}", "--name=t")
