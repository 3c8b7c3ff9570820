"""``manage.py registrations import``: what a registrar's operator sees."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tellusonce.models import Report
from tests import factories
from tests.registrations.test_import import extract, record

pytestmark = pytest.mark.django_db


def run(file: Path, *, organisation: str = "northmoor") -> tuple[str, str]:
    """Import a file and give what was printed, and what went wrong."""
    out, err = StringIO(), StringIO()
    call_command("registrations", "import", str(file), "--organisation", organisation, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An extract of two registrations and an update."""
    factories.organisation()
    path = tmp_path / "extract.xml"
    path.write_bytes(extract(record(1), record(2), record(1, is_update=True)).getvalue())
    return path


def test_an_import_says_what_it_brought(file: Path) -> None:
    assert run(file)[0] == "2 reports started, 1 updates kept.\n"
    assert run(file)[0] == "This file was imported before; nothing was changed.\n"
    assert set(Report.objects.values_list("organisation", flat=True)) == {"northmoor"}


def test_each_refusal_is_listed_with_its_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(extract(record(1), record(2, died="2999-01-01")).getvalue())
    with pytest.raises(CommandError, match=r"1 records were refused; nothing of the file was taken") as refused:
        run(file)
    assert refused.value.returncode == 2
    assert not Report.objects.exists()


def test_a_file_that_is_not_there_is_said_in_a_sentence(file: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read") as refused:
        run(file.with_name("nothing.xml"))
    assert refused.value.returncode == 2


def test_an_unknown_organisation_is_refused_with_those_there_are(file: Path) -> None:
    with pytest.raises(CommandError, match=r"no organisation 'nobody' .* there are: northmoor") as refused:
        run(file, organisation="nobody")
    assert refused.value.returncode == 2
