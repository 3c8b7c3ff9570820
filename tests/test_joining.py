"""docs/joining.md, followed word by word: what joins by YAML and a WSDL alone receives, and closes what it is owed."""

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from lxml import etree

from adapters import inbox
from adapters.egress import Egress
from tellusonce import drains
from tellusonce.catalogue import applying, checks, snapshots
from tellusonce.catalogue.faults import Faulty
from tellusonce.models import Delivery, Lane, Recipient
from tests import factories
from tests.catalogue import examples
from tests.simulator.peers import ROOT, Running

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = ROOT / "docs" / "joining.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Whoever wrote the code cannot have known these words: they are drawn when the test runs.
NEW_WORDS = {
    name: f"{name}{secrets.token_hex(3)}"
    for name in ("urn:riverside:tenancies:4", "EndTenancy", "NoticeNumber", "Tenant", "Surname", "DiedOn", "Verdict")
}
TOLD = {
    "subject": {
        "addresses": [{"use": "usual", "lines": ["2 Weir Cottages"], "town": "Riverside", "postcode": "ZX9 4QT"}]
    },
    "informant": factories.TOLD["informant"],
}


def blocks(language: str) -> list[str]:
    """Give the page's blocks of one language, in its order, in words that nobody has seen before."""
    found = [text for name, text in BLOCK.findall(PAGE.read_text()) if name == language]
    return [re.sub("|".join(NEW_WORDS), lambda word: NEW_WORDS[word[0]], text) for text in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lay out the page's catalogue as it says: a folder with a file for each example, and the WSDL beside them."""
    made = tmp_path / "catalogue"
    made.mkdir()
    with_a_wsdl, with_json, *_ = blocks("yaml")
    (made / "riverside.yaml").write_text(with_a_wsdl)
    (made / "lettings.yaml").write_text(with_json)
    (made / "tenancies.wsdl").write_text(*blocks("xml"))
    return made


@pytest.fixture
def rehearsal(tmp_path: Path, folder: Path) -> Iterator[Running]:
    """Play the recipients as the page has them rehearsed."""
    settings = yaml.safe_load(blocks("yaml")[-1])
    settings["recipients"][0]["soap"]["wsdl"] = folder / "tenancies.wsdl"
    running = Running(tmp_path)
    running.start(*settings["recipients"], keep_bodies=settings["keep_bodies"])
    yield running
    running.end()
    Egress.shared().close()
    Egress._forget()


def apply(folder: Path, *, riverside: str) -> checks.Checked:
    """Check and apply the folder."""
    checked = checks.check([folder], bases={"riverside": riverside}, on=examples.ON)
    applying.apply(snapshots.wanted(checked), by="B. Clerk")
    return checked


def told(folder: Path, rehearsal: Running, recipient: str) -> Delivery:
    """Apply the catalogue, submit a report with an address in their area, and drain their mailbox."""
    apply(folder, riverside=rehearsal.url)
    report = factories.submitted(told=TOLD)
    drains.drain(Recipient.objects.get(slug=recipient).pk, Lane.FIRST)
    return Delivery.objects.get(report=report, recipient__slug=recipient)


def body(rehearsal: Running) -> str:
    """Give the one body that came."""
    (line,) = [each for each in rehearsal.lines() if "body" in each]
    return str(line["body"])


def test_those_without_an_interface_are_set_up_as_the_page_says() -> None:
    routes = [loaded["route"] for loaded in map(yaml.safe_load, blocks("yaml")) if "route" in loaded]
    fetched = [inbox.Options.model_validate(each["settings"]) for each in routes if each["adapter"] == "inbox"]
    assert [each.mail is not None for each in fetched] == [True, False]
    assert [each.file is not None for each in fetched] == [False, True]


def test_the_examples_are_in_order_and_need_no_warning(folder: Path) -> None:
    checked = apply(folder, riverside="https://tenancies.riverside.example")
    assert checked.warnings == ()
    assert checked.endpoints["riverside-tenancies"].address.startswith("https://tenancies.riverside.example/")


def test_a_recipient_with_a_wsdl_that_the_code_has_never_seen_receives_and_closes(
    folder: Path, rehearsal: Running
) -> None:
    delivery = told(folder, rehearsal, "riverside-tenancies")
    sent = etree.fromstring(body(rehearsal).encode())
    (tenant,) = sent.iter(f"{{*}}{NEW_WORDS['Tenant']}")
    assert tenant.findtext(f"{{*}}{NEW_WORDS['Surname']}") == "Quillfeather"
    assert [each.text for each in tenant.iterfind("{*}Property")] == ["2 Weir Cottages", "Riverside"]
    assert sent.findtext(f".//{{*}}{NEW_WORDS['DiedOn']}") == "2026-10-30"
    assert (delivery.state, delivery.outcome) == ("closed", "acted")
    (message,) = rehearsal.books("riverside-tenancies")["by_message"]
    assert (message["message_id"], message["reference"]) == (str(delivery.pk), delivery.report.reference)


def test_a_recipient_with_json_of_its_own_shape_receives(folder: Path, rehearsal: Running) -> None:
    delivery = told(folder, rehearsal, "riverside-lettings")
    assert json.loads(body(rehearsal)) == {
        "message": {"reference": delivery.report.reference, "sequence": 1},
        "applicant": "Alma Quillfeather",
        "died": "30/10/2026",
    }
    assert delivery.state == "sent"


def test_a_field_that_the_agreement_does_not_grant_is_refused_with_its_line(folder: Path) -> None:
    file = folder / "riverside.yaml"
    file.write_text(file.read_text().replace("      - informant.name\n", ""))
    with pytest.raises(Faulty, match=r"riverside\.yaml:\d+: .*informant\.name"):
        apply(folder, riverside="https://tenancies.riverside.example")
