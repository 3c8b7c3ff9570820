"""Versions of the catalogue: one operator proposes, another sees in words what differs, and approves or refuses."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from identity.models import Access, Account
from tellusonce.models import Agreement, CatalogueProposal, CatalogueVersion, Recipient
from tests import factories
from tests.catalogue import examples
from tests.catalogue.examples import altered
from tests.web.desks import Desk, words

pytestmark = pytest.mark.django_db
BASES = "simulator=http://127.0.0.1:9000"
MORE = (
    ("fields: [subject.name, death.died_on]", "fields: [subject.name, subject.sex, death.died_on]"),
    ("lawful_basis: public_task", "lawful_basis: legal_obligation"),
    ("confirm_within_days: 5", "confirm_within_days: 7"),
)


@pytest.fixture
def operator() -> Desk:
    return Desk("operator", "")


@pytest.fixture
def second() -> Desk:
    return Desk("operator", "")


@pytest.fixture
def in_force(tmp_path: Path) -> CatalogueVersion:
    call_command("catalogue", "apply", str(examples.write(tmp_path)), "--set", BASES, stdout=io.StringIO())
    return CatalogueVersion.objects.get()


def send(reader: Desk, *files: tuple[str, bytes], bases: str = BASES) -> Any:
    return reader.send("propose", {"files": [SimpleUploadedFile(*each) for each in files], "bases": bases})


def yaml(text: str = examples.CATALOGUE) -> tuple[str, bytes]:
    return "moor.yaml", text.encode()


def archive(files: Mapping[str, str]) -> tuple[str, bytes]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as into:
        for name, text in files.items():
            into.writestr(name, text)
    return "catalogue.zip", packed.getvalue()


def proposed(reader: Desk, text: str) -> CatalogueProposal:
    assert send(reader, yaml(text)).status_code == 303
    return CatalogueProposal.objects.get()


def approve(reader: Desk, proposal: CatalogueProposal, seen: int) -> Any:
    return reader.send("proposal-decide", {"act": "approve", "seen": seen}, proposal_id=proposal.pk)


def did(reader: Desk) -> list[tuple[str, str]]:
    found = Access.objects.filter(actor=reader.name, action__startswith="catalogue").order_by("id")
    return list(found.values_list("action", "purpose"))


def test_what_would_change_is_said_in_words(in_force: CatalogueVersion, operator: Desk, second: Desk) -> None:
    proposal = proposed(operator, altered(*MORE))
    page = words(second.read("proposal", proposal_id=proposal.pk))
    assert "Agreement changed: Moor - Libraries: Death (libraries-death) Grants more" in page
    assert "Newly granted: Person who died: Sex Lawful" in page
    assert "Lawful basis: “A law says that it must be told” instead of “It needs this to do its work" in page
    assert "Recipient changed: Fund - Payroll (payroll) Working days to confirm: “7” instead of “5”" in page
    assert CatalogueVersion.objects.get() == in_force


def test_a_first_catalogue_says_whom_it_tells_what(operator: Desk) -> None:
    proposal = proposed(operator, examples.CATALOGUE)
    page = words(operator.read("proposal", proposal_id=proposal.pk))
    for said in (
        "Area added: Moor East (moor-east) Name: Moor East Nation: england Lies in: Moor County Postcodes: ZX1, ZX2 3",
        "Organisation added: Pension Fund (fund)",
        "Recipient added: Moor - Libraries (libraries)",
        "Agreement added: Pension Fund: Death (fund-death) Grants more Newly granted:",
        "In force until: 1 April 2027",
    ):
        assert said in page
    assert "No version is in force yet" in operator.read("catalogue")


def test_another_operator_puts_it_into_force(in_force: CatalogueVersion, operator: Desk, second: Desk) -> None:
    proposal = proposed(operator, altered(*MORE))
    page = words(second.follow(approve(second, proposal, in_force.pk)))
    assert "and in force since" in page
    assert Recipient.objects.get(slug="payroll").confirm_within_days == 7
    assert Agreement.objects.get(slug="libraries-death", number=2).lawful_basis == "legal_obligation"
    version = CatalogueVersion.objects.get(pk=in_force.pk + 1)
    assert version.applied_by == second.name
    assert did(operator) == [("catalogue_proposed", "")]
    assert did(second) == [("catalogue_applied", ""), ("catalogue_approved", "")]
    assert "Waits for" not in second.read("catalogue")
    shown = words(second.read("catalogue-version", number=version.pk))
    assert "Agreement changed: Moor - Libraries: Death" in shown
    assert "Recipient changed: Fund - Payroll (payroll) Working days to confirm: “7” instead of “5”" in shown
    assert approve(second, proposal, version.pk).status_code == 409


def test_nobody_approves_what_they_proposed(in_force: CatalogueVersion, operator: Desk) -> None:
    proposal = proposed(operator, altered(*MORE))
    page = operator.read("proposal", proposal_id=proposal.pk)
    assert "Approve this version" not in page
    assert "Ask another operator" in page
    answer = approve(operator, proposal, in_force.pk)
    assert answer.status_code == 409
    assert "You proposed this yourself" in answer.content.decode()
    assert CatalogueVersion.objects.get() == in_force
    with pytest.raises(IntegrityError, match="proposal_is_approved_by_another"), transaction.atomic():
        CatalogueProposal.objects.update(
            state="approved", version=in_force, decided_by=operator.name, decided_at=proposal.proposed_at
        )


def test_a_refusal_takes_a_reason_that_is_kept(in_force: CatalogueVersion, operator: Desk, second: Desk) -> None:
    proposal = proposed(operator, altered(*MORE))
    answer = second.send("proposal-decide", {"act": "refuse"}, proposal_id=proposal.pk)
    assert answer.status_code == 422
    assert 'href="#reason"' in answer.content.decode()
    done = second.send("proposal-decide", {"act": "refuse", "reason": "grants-too-much"}, proposal_id=proposal.pk)
    assert "It grants more than was agreed" in second.follow(done)
    assert did(second) == [("catalogue_refused", "grants-too-much")]
    assert approve(second, proposal, in_force.pk).status_code == 409
    assert CatalogueVersion.objects.get() == in_force


def test_what_was_compared_with_another_version_is_compared_again(
    in_force: CatalogueVersion, operator: Desk, second: Desk, tmp_path: Path
) -> None:
    proposal = proposed(operator, altered(*MORE))
    other = examples.write(tmp_path, altered(("Pension Fund", "Pensions")))
    call_command("catalogue", "apply", str(other), "--set", BASES, stdout=io.StringIO())
    answer = approve(second, proposal, in_force.pk)
    assert answer.status_code == 409
    page = words(answer.content.decode())
    assert "Another version has come into force" in page
    assert "Name: “Pension Fund” instead of “Pensions”" in page
    assert second.follow(approve(second, proposal, in_force.pk + 1))


def test_a_first_version_says_all_that_it_brought(in_force: CatalogueVersion, operator: Desk) -> None:
    shown = words(operator.read("catalogue-version", number=in_force.pk))
    for said in (
        "Area added: Moor East (moor-east) Name: Moor East Nation: england Lies in: Moor County Postcodes: ZX1, ZX2 3",
        "Organisation added: Pension Fund (fund)",
        "Recipient added: Moor - Libraries (libraries)",
    ):
        assert said in shown
    assert "Way to a recipient added" not in shown
    assert "was not kept" not in shown


def test_of_a_version_from_before_that_was_kept_the_page_says_so(operator: Desk) -> None:
    old = factories.count_agreements([])
    assert "was not kept at the time" in operator.read("catalogue-version", number=old.pk)


def test_what_is_not_in_order_any_more_is_not_approved(
    in_force: CatalogueVersion, operator: Desk, second: Desk
) -> None:
    """What the check knows may change between two people: here, the kind no longer has a field."""
    proposal = proposed(operator, altered(*MORE))
    proposal.wanted["agreements"]["libraries-death"]["fields"].append("death.gone")
    proposal.save(update_fields=["wanted"])
    answer = approve(second, proposal, in_force.pk)
    page = words(answer.content.decode())
    assert answer.status_code == 409
    assert "is not any more. Propose it anew" in page
    assert "`death` has no field `death.gone`" in page
    assert CatalogueVersion.objects.get() == in_force
    assert CatalogueProposal.objects.get().state == "open"
    assert did(second) == []


def test_what_is_in_force_already_is_not_proposed(in_force: CatalogueVersion, operator: Desk) -> None:
    answer = send(operator, yaml())
    assert answer.status_code == 422
    assert "says all of this already" in answer.content.decode()
    assert not CatalogueProposal.objects.exists()


def test_all_faults_are_said_at_once_with_line_and_remedy(operator: Desk) -> None:
    answer = send(operator, yaml(altered(("kind: death", "kind: deth"), ("organisation: fund", "organisation: fond"))))
    assert answer.status_code == 422
    page = words(answer.content.decode()).replace("&#34;", '"')
    assert "moor.yaml:33: there is no kind of life event `deth`; did you mean `death`?" in page
    assert "`fond`" in page
    assert "catalogue-" not in page
    assert not CatalogueProposal.objects.exists()


@pytest.mark.parametrize("name", ["../../../../../../etc/passwd", "/etc/passwd", "wsdl/../../../etc/passwd"])
def test_a_catalogue_that_was_sent_reads_no_file_of_the_machine(operator: Desk, name: str) -> None:
    text = altered(("      settings:\n", f"      documents: ['{name}']\n      settings:\n"))
    page = words(send(operator, yaml(text)).content.decode())
    assert "passwd cannot be read; put it there" in page
    assert not CatalogueProposal.objects.exists()


def test_an_archive_keeps_its_folders_and_stays_in_them(operator: Desk) -> None:
    schema = '<schema xmlns="http://www.w3.org/2001/XMLSchema"/>'
    text = altered(("      settings:\n", "      documents: [schemas/a.xsd]\n      settings:\n"))
    page = words(send(operator, archive({"moor.yaml": text})).content.decode())
    assert "a.xsd cannot be read; put it there" in page
    assert send(operator, archive({"x/moor.yaml": text, "x/schemas/a.xsd": schema})).status_code == 303
    page = words(send(operator, archive({"../moor.yaml": examples.CATALOGUE})).content.decode())
    assert "under a name that cannot be used" in page


@pytest.mark.parametrize(
    ("files", "bases", "said"),
    [
        ([], BASES, "Choose the files of the catalogue"),
        ([("moor.txt", b"x")], BASES, "there is no YAML file in it"),
        ([("moor.yaml", b"\xff\xfe")], BASES, "it is not UTF-8"),
        ([("moor.zip", b"PK no")], BASES, "The archive cannot be opened"),
        ([archive({f"{n}.yaml": "" for n in range(201)})], BASES, "no more than 200 files"),
        ([archive({"a.yaml": "#" * 2_100_000})], BASES, "of 2 MB together"),
        ([archive({"a": "x", "a/b.yaml": "areas: []"})], BASES, "it cannot be kept under this name"),
        ([yaml()], "simulator", "Write NAME=VALUE"),
        ([yaml()], "", "`{simulator}` is not known here"),
    ],
)
def test_what_cannot_be_used_is_said(operator: Desk, files: Any, bases: str, said: str) -> None:
    answer = send(operator, *files, bases=bases)
    assert answer.status_code == 422
    assert said in words(answer.content.decode())


def test_whoever_goes_with_deliveries_open_is_warned_of(operator: Desk) -> None:
    factories.recipient("gone", agreement={"slug": "gone-death"})
    factories.submitted()
    proposal = proposed(operator, examples.CATALOGUE)
    page = words(operator.read("proposal", proposal_id=proposal.pk))
    assert "gone goes, and deliveries to it are open: 1. Settle them first." in page
    assert "Agreement taken away:" in page


def test_the_command_proposes_for_somebody_who_cannot_approve_it(
    in_force: CatalogueVersion, operator: Desk, tmp_path: Path
) -> None:
    path, said = examples.write(tmp_path, altered(*MORE)), io.StringIO()
    login = Account.objects.get(pk=operator.name.removeprefix("account:")).login
    with pytest.raises(CommandError, match="There is no account nobody"):
        call_command("catalogue", "propose", str(path), "--set", BASES, "--by", "nobody")
    call_command("catalogue", "propose", str(path), "--set", BASES, "--by", login, stdout=said)
    assert "~ recipient payroll: confirm_within_days 5 -> 7" in said.getvalue()
    assert "another operator" in said.getvalue()
    assert approve(operator, CatalogueProposal.objects.get(), in_force.pk).status_code == 409
    with pytest.raises(CommandError, match="nothing to propose"):
        call_command("catalogue", "propose", str(examples.write(tmp_path)), "--set", BASES, "--by", login)


def test_others_propose_and_approve_nothing(in_force: CatalogueVersion, operator: Desk) -> None:
    proposal = proposed(operator, altered(*MORE))
    auditor = Desk("auditor", "")
    assert "Propose a version" not in auditor.read("catalogue")
    assert "Approve this version" not in auditor.read("proposal", proposal_id=proposal.pk)
    assert approve(auditor, proposal, in_force.pk).status_code == 403
    auditor.read("propose", status=403)
    for other in (Desk("operator", "northmoor"), Desk("registrar"), Desk("auditor", "northmoor")):
        other.read("catalogue", status=403)
        other.read("proposal", proposal_id=proposal.pk, status=403)
        assert approve(other, proposal, in_force.pk).status_code == 403
    assert CatalogueVersion.objects.get() == in_force


def test_pages_of_the_catalogue_ask_little(in_force: CatalogueVersion, operator: Desk) -> None:
    proposal = proposed(operator, altered(*MORE))
    pages: list[tuple[str, dict[str, Any]]] = [
        ("catalogue", {}),
        ("catalogue-version", {"number": in_force.pk}),
        ("proposal", {"proposal_id": proposal.pk}),
    ]
    for name, place in pages:
        with CaptureQueriesContext(connection) as asked:
            operator.read(name, **place)
        assert len(asked) <= 12, "\n".join(each["sql"][:150] for each in asked)
