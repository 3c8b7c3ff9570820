"""``manage.py catalogue``: what an operator sees, for people and for programs."""

import json
from io import StringIO
from pathlib import Path

import jsonschema
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from tellusonce.catalogue import snapshots
from tellusonce.models import CatalogueVersion
from tests import factories
from tests.catalogue import examples
from tests.catalogue.examples import altered

KEY = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
SET = ("--set", "simulator=http://127.0.0.1:9000", "--set", f"income-key={KEY}")


def run(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("catalogue", *words, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def refused(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("catalogue", *words, stdout=out, stderr=err, no_color=True)
    assert ended.value.code == 2
    return out.getvalue(), err.getvalue()


def test_check_needs_no_database_and_says_that_all_is_well(tmp_path: Path) -> None:
    path = examples.write(tmp_path)
    assert run("check", str(path), *SET) == (
        "The catalogue is in order: 2 recipients of 2 organisations, 2 agreements, 2 areas.\n",
        "",
    )


def test_check_prints_each_fault_on_a_line_and_ends_with_status_2(tmp_path: Path) -> None:
    path = examples.write(tmp_path, altered(("kind: death", "kind: deth"), ("until: 2027", "until: 2026")))
    out, err = refused("check", str(path), *SET)
    assert out == "1 fault; nothing was changed.\n"
    assert [line.removeprefix(str(path)) for line in err.splitlines()] == [
        (
            ":16: warning: the assurance of `libraries` lapsed on 2026-03-31; "
            "everything for it is withheld until it is renewed"
        ),
        ":33: there is no kind of life event `deth`; did you mean `death`?",
    ]


def test_faults_come_as_json_too(tmp_path: Path) -> None:
    path = examples.write(tmp_path)
    out, err = refused("check", str(path), "--json")
    answer = json.loads(out)
    assert err == ""
    assert not answer["is_valid"]
    assert answer["faults"] == [
        {
            "place": {"file": str(path), "line": 19},
            "what": "`{simulator}` is not known here",
            "remedy": "give it by --set simulator=VALUE",
            "is_warning": False,
        }
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("apply", "x.yaml", "--set", "name"),
        ("forget", "x.yaml"),
        (),
        ("apply", "x.yaml", "--by", "x" * 101),
    ],
)
def test_a_command_that_is_not_understood_says_so(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"required|NAME=VALUE|invalid choice|1 to 100 printable"):
        run(*words)


@pytest.mark.django_db
def test_diff_shows_what_apply_then_does(tmp_path: Path) -> None:
    path = examples.write(tmp_path)
    out, _ = run("diff", str(path), *SET)
    assert out.splitlines()[-2:] == ["+ agreement libraries-death", "10 changes."]
    assert not CatalogueVersion.objects.exists()
    out, _ = run("apply", str(path), *SET, "--by", "A. Clerk")
    version = CatalogueVersion.objects.get()
    assert version.applied_by == "A. Clerk"
    assert out.splitlines()[-1].startswith(f"Applied as version {version.number}: 2 recipients")
    assert run("diff", str(path), *SET)[0] == "Nothing would change.\n"
    assert run("apply", str(path), *SET)[0] == "Nothing to change; no new version.\n"


@pytest.mark.django_db
def test_apply_answers_in_json(tmp_path: Path) -> None:
    path = examples.write(tmp_path)
    answer = json.loads(run("apply", str(path), *SET, "--json")[0])
    assert answer["version"] == CatalogueVersion.objects.get().number
    assert {"sort": "areas", "name": "moor", "verb": "added", "columns": []} in answer["changes"]


@pytest.mark.django_db
def test_a_fault_leaves_everything_as_it_was(tmp_path: Path) -> None:
    path = examples.write(tmp_path, altered(("kind: death", "kind: deth")))
    refused("apply", str(path), *SET)
    assert not CatalogueVersion.objects.exists()


@pytest.mark.django_db
def test_diff_warns_of_whoever_goes_with_deliveries_open(tmp_path: Path) -> None:
    factories.recipient("gone")
    factories.submitted()
    _, err = run("diff", str(examples.write(tmp_path)), *SET)
    assert err.splitlines()[0].startswith("warning: recipient `gone` goes while 1 delivery is still open")


def test_a_database_that_is_not_there_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stored() -> snapshots.Snapshot:
        raise OperationalError("connection refused\nis the server running?")

    monkeypatch.setattr(snapshots, "stored", stored)
    with pytest.raises(
        CommandError, match=r"^The database cannot be used \(connection refused\); check DATABASE_URL"
    ) as e:
        run("diff", str(examples.write(tmp_path)), *SET)
    assert e.value.returncode == 2


def test_the_schema_is_json_schema() -> None:
    schema = json.loads(run("schema")[0])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
