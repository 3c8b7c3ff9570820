"""Reading YAML: every value knows its line, and nothing means something other than it says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.catalogue import files
from tests.catalogue.examples import write


def read(folder: Path, text: str) -> files.Source:
    return files.read([write(folder, text)])


def said(source: files.Source) -> list[str]:
    return [f"{fault.place.line}: {fault.what}; {fault.remedy}" for fault in source.faults]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("17:00", "17:00"),
        ("2027-03-31", "2027-03-31"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("'7'", "7"),
        ("007", 7),
        ("-3", -3),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("~", None),
        ("", None),
        ("[]", []),
        ("{a: [1, b]}", {"a": [1, "b"]}),
        ("|\n      two\n      lines\n", "two\nlines\n"),
    ],
)
def test_a_scalar_is_what_it_looks_like(tmp_path: Path, written: str, meant: object) -> None:
    """YAML 1.2.2, section 10.3.2; under YAML 1.1 the first is false and the third a number."""
    source = read(tmp_path, f"areas:\n  - x: {written}")
    assert source.data["areas"] == [{"x": meant}]
    assert source.faults == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("areas: [", "1: not YAML: expected the node content, but found '<stream end>'; mend the indentation, the"),
        ("areas:\n\t- a", "2: not YAML: found character '\\t' that cannot start any token; mend the indentation"),
        ("a\x00b", "0: not YAML: unacceptable character #x0000: special characters are not allowed; save it as"),
        ("- 1", "1: the file is not a mapping; begin with `areas`, `organisations`, `recipients`, `agreements`"),
        ("areas: 1", "1: `areas` is not a list; begin each entry with a dash"),
        ("aeras: []", "1: unknown section `aeras`; use `areas`, "),
        ("areas:\n- {a: 1,\n   a: 2}", "3: `a` is already given on line 2; take one of them out"),
        ("areas:\n- [a]: 1", "2: a key is a list or a mapping; use a word"),
        ("areas:\n- !!python/name:os.system x", "2: the tag `tag:yaml.org,2002:python/name:os.system` is not underst"),
        ("areas:\n- !include x.yaml", "2: the tag `!include` is not understood; write the value without a tag"),
        ("areas:\n- !!int x", "2: `x` is not a whole number of at most 18 digits; write it another way"),
        ("areas:\n- 1e999", "2: `1e999` is too large a number; write it another way"),
        ('areas:\n- "\\0"', "2: `\\x00` holds a character that cannot be stored; write it another way"),
        ('areas:\n- "\\ud800"', "2: `\\ud800` holds a character that cannot be stored; write it another way"),
        ("areas:\n- &a [*a]", "2: an alias makes it endless; write the value out"),
        ("areas:\n- &a {<<: *a}", "2: `<<` does not name a mapping; write `<<: *name` for an anchor of a mapping"),
        ("areas:\n- {<<: [1]}", "2: `<<` does not name a mapping; write"),
        ("---\na: 1\n---\nb: 2", "3: not YAML: but found another document; mend"),
        ("areas: " + "[" * 5000, "0: it is nested too deeply; write it flatter"),
    ],
)
def test_what_cannot_be_read_has_its_line(tmp_path: Path, text: str, expected: str) -> None:
    found = said(read(tmp_path, text))
    assert any(line.startswith(expected) for line in found), found


def test_aliases_that_multiply_are_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_VALUES", 10_000)
    levels = "".join(f"x-{n}: &n{n} [{', '.join([f'*n{n - 1}'] * 9)}]\n" for n in range(1, 9))
    source = read(tmp_path, f"x-0: &n0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n{levels}areas: [*n8]")
    assert "an alias makes it endless" in said(source)[0]


def test_each_value_knows_its_line(tmp_path: Path) -> None:
    source = read(tmp_path, "areas:\n  - code: a\n    postcodes:\n      - ZX1\n      - ZX2\n  - code: b\n")
    lines = [source.place("areas", *trail).line for trail in [(0, "code"), (0, "postcodes", 1), (1,), (1, "parent")]]
    assert lines == [2, 5, 6, 6]


def test_an_anchor_in_a_section_of_its_own_lends_values(tmp_path: Path) -> None:
    text = "x-one: &one {a: 1, b: 2}\nareas:\n  - <<: *one\n    b: 3\n  - c: *one\n"
    source = read(tmp_path, text)
    assert source.data["areas"] == [{"a": 1, "b": 3}, {"c": {"a": 1, "b": 2}}]
    assert source.place("areas", 0, "a").line == 1
    assert source.faults == []


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    write(tmp_path, "areas: [b]", name="b.yml")
    write(tmp_path, "areas: [a]", name="a.yaml")
    write(tmp_path, "not: read", name="README.md")
    source = files.read([tmp_path, tmp_path / "a.yaml"])
    assert source.data["areas"] == ["a", "b"]
    assert source.place("areas", 1).file.endswith("b.yml")


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert said(files.read([tmp_path / "none.yaml"]))[0].startswith("0: cannot be read (No such file or directory); ")
    assert said(files.read([tmp_path])) == ["0: the folder has no YAML file in it; name one that has *.yaml files"]


def test_a_file_that_is_not_utf_8_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"areas: [caf\xe9]")
    assert said(files.read([tmp_path]))[0].startswith("0: cannot be read (it is not UTF-8); ")


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    source = read(tmp_path, "# nothing yet\n")
    assert source.data == {section: [] for section in files.SECTIONS}
    assert source.faults == []


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fall_over(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(("areas:\n- " + text).encode("utf-8", "surrogatepass"))
    files.read([path])
