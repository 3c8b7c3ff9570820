"""Translations are compiled when a translator's file has changed."""

import gettext
import shutil
from pathlib import Path

import pytest

from deploy import translations


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Give a copy of the Welsh words that may be changed."""
    copy = tmp_path / "cy" / "LC_MESSAGES" / "django.po"
    copy.parent.mkdir(parents=True)
    shutil.copy(translations.SOURCE, copy)
    return copy


def test_they_are_compiled_once_and_again_when_they_change(source: Path) -> None:
    assert translations.build(source)
    assert not translations.build(source)
    source.write_text(source.read_text().replace('msgstr "Yn ôl"', 'msgstr "Nôl"'))
    assert translations.build(source)
    assert gettext.translation("django", source.parents[2], ["cy"]).gettext("Back") == "Nôl"


@pytest.mark.parametrize(
    ("number", "form"), [(0, "zero"), (1, "one"), (2, "two"), (3, "few"), (4, "other"), (6, "many"), (21, "other")]
)
def test_welsh_counts_in_six_forms(source: Path, number: int, form: str) -> None:
    """Unicode CLDR 46, language plural rules, Welsh."""
    forms = "".join(
        f'msgstr[{at}] "{each}"\n' for at, each in enumerate(("zero", "one", "two", "few", "many", "other"))
    )
    source.write_text(f'{source.read_text()}\nmsgid "a dog"\nmsgid_plural "dogs"\n{forms}')
    translations.build(source)
    assert gettext.translation("django", source.parents[2], ["cy"]).ngettext("a dog", "dogs", number) == form
