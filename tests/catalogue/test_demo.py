"""The demo catalogue: a fictional county whose recipients are of all sorts, each told no more than it needs."""

import dataclasses
import datetime as dt
import functools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from lxml import etree

from adapters import contract, discovery
from adapters.simulator.schemas import Schemas
from deploy.demo import loose_ends
from tellusonce import disclosure, events
from tellusonce.catalogue import checks, files, inforce, references, shapes
from tellusonce.catalogue.shapes import Agreement, Recipient
from tellusonce.models import Area
from tellusonce.postcodes import directories
from tests.events import examples

DEMO = Path(__file__).parents[2] / "deploy/demo"
FILES = sorted((DEMO / "catalogue").glob("*.yaml"))

BASES = {
    "simulator": "http://127.0.0.1:9000",
    "income-key": "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
}


@functools.cache
def demo() -> checks.Checked:
    return checks.check([DEMO / "catalogue"], bases=BASES, on=dt.date(2026, 11, 22))


@functools.cache
def complete(kind: str) -> dict[str, Any]:
    return events.validate(events.find(kind), examples.complete(kind), today=examples.TODAY)


def recipients() -> dict[str, Recipient]:
    return {each.slug: each for each in demo().reading.recipients.values()}


def agreements() -> list[tuple[int, Agreement]]:
    return list(demo().reading.agreements.items())


def test_it_is_in_order_for_years() -> None:
    assert demo().warnings == ()
    later = checks.check([DEMO / "catalogue"], bases=BASES, on=dt.date(2035, 12, 31))
    assert later.warnings == ()


def test_it_has_recipients_of_all_sorts() -> None:
    adapters = Counter(each.route.adapter for each in recipients().values())
    assert adapters["rest"] >= 9
    assert adapters["soap"] >= 9
    assert adapters["inbox"] >= 6
    assert adapters["security-events"] >= 1
    assert adapters["security-event-poll"] >= 1
    told = [each.slug for each in recipients().values() if basis(each) not in {"consent", None}]
    assert len(told) >= 24


def basis(recipient: Recipient) -> str | None:
    """Say by what right they are told of a death, if they are."""
    covering = references.covering(recipient, agreements())
    return next((each.lawful_basis for _, each in covering if each.kind == "death"), None)


def test_one_agreement_rests_on_consent_and_the_bases_vary() -> None:
    bases = Counter(each.lawful_basis for _, each in agreements())
    assert bases["consent"] == 1
    assert len(bases) >= 5


def test_its_soap_recipients_speak_wsdls_of_different_styles() -> None:
    spoken = Counter(each.route.settings["wsdl"] for each in recipients().values() if each.route.adapter == "soap")
    assert len(spoken) >= 3
    texts = " ".join((DEMO / "wsdl" / name).read_text() for name in spoken)
    assert 'style="rpc"' in texts
    assert "soap12:binding" in texts


def test_everybody_who_is_played_has_an_agreement_for_deaths_and_some_have_one_for_moves() -> None:
    kinds = {slug: {each.kind for _, each in references.covering(r, agreements())} for slug, r in recipients().items()}
    assert {slug for slug, theirs in kinds.items() if "death" not in theirs} == {loose_ends.FOR_OFFICER}
    assert sum("move" in each for each in kinds.values()) >= 5


def test_sensitive_fields_stand_in_few_agreements_each_with_its_condition() -> None:
    holders = {each.slug for index, each in agreements() if sensitive(each.kind) & demo().granted[index]}
    assert holders == {each.slug for _, each in agreements() if each.article_9_condition}
    assert len(holders) < len(agreements()) / 3


def sensitive(kind: str) -> set[str]:
    return {path for path, field in events.vocabulary(events.find(kind)).items() if field.is_sensitive}


def test_no_two_services_are_told_the_same() -> None:
    told = Counter(
        fields for index, fields in demo().granted.items() if demo().reading.agreements[index].kind == "death"
    )
    assert max(told.values()) == 1


def test_all_its_postcodes_are_of_the_form_that_the_events_take() -> None:
    for area in demo().reading.areas.values():
        for beginning in area.postcodes:
            whole = f"{beginning} 1AA" if " " not in beginning else f"{beginning}AA"
            kind = events.find("move")
            assert (
                events.validate_partial(kind, {"new_address": {"postcode": whole}})["new_address"]["postcode"] == whole
            )


def test_its_directory_of_postcodes_says_what_its_areas_claim() -> None:
    """So that the story's councils are the same by either way."""
    areas = [Area(code=a.code, parent_id=a.parent, postcodes=a.postcodes) for a in demo().reading.areas.values()]
    lines = (DEMO / "postcodes.csv").read_text().splitlines(keepends=True)
    rows = list(directories.read(lines))
    assert len(rows) > 100
    assert all(row.code.startswith("ZX") for row in rows)
    for row in rows:
        address = [{"postcode": row.code}]
        listed = {row.code: tuple(filter(None, (row.district, row.county)))}
        assert inforce.locate(address, areas, listed) == inforce.locate(address, areas, {}) != set()


def test_its_directory_has_every_postcode_of_the_story() -> None:
    told = set(re.findall(r"ZX\d \d[A-Z]{2}", (DEMO / "story.yaml").read_text()))
    assert told <= {row.code for row in directories.read((DEMO / "postcodes.csv").read_text().splitlines())}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_fits_the_published_schema(path: Path) -> None:
    written = yaml.load(path.read_text(), Loader=files.Loader)  # noqa: S506 - a safe loader, without YAML 1.1's words
    jsonschema.validate(written, shapes.json_schema(), cls=jsonschema.Draft202012Validator)


def test_the_published_schema_is_that_of_the_shapes() -> None:
    """Written by ``manage.py catalogue schema > docs/catalogue.schema.json``."""
    assert json.loads((DEMO.parents[1] / "docs/catalogue.schema.json").read_text()) == shapes.json_schema()


def cases() -> list[tuple[str, str, bool]]:
    return [
        (slug, agreement.kind, is_full)
        for slug, recipient in recipients().items()
        if slug in demo().endpoints and demo().endpoints[slug].adapter in discovery.names()
        for _, agreement in references.covering(recipient, agreements())
        for is_full in (True, False)
    ]


@pytest.mark.parametrize(("slug", "kind", "is_full"), cases())
def test_each_mapping_makes_a_message_that_fits(slug: str, kind: str, is_full: bool) -> None:  # noqa: FBT001
    """Of a report with everything, and of one that has only what must be there."""
    endpoint = demo().endpoints[slug]
    content = discovery.find(endpoint.adapter).encode(message(slug, kind, is_full=is_full), endpoint)
    if endpoint.adapter == "soap":
        body = etree.fromstring(content.body).find("{*}Body/*")
        wsdl = endpoint.settings["wsdl"]
        is_rpc = 'style="rpc"' in (DEMO / "wsdl" / wsdl).read_text()
        Schemas(DEMO / "wsdl" / wsdl).check(body, message=endpoint.settings["operation"] if is_rpc else "")
    elif endpoint.adapter.startswith("security-event"):
        assert json.loads(content.body)["txn"] == "TU-1"
    else:
        assert json.loads(content.body)["message"]["reference"] == "TU-1"


def message(slug: str, kind: str, *, is_full: bool) -> contract.Message:
    index = next(index for index, each in references.covering(recipients()[slug], agreements()) if each.kind == kind)
    answers = complete(kind) if is_full else least(kind)
    return contract.Message(
        id="7c1f0c9e-5c5e-4d0a-8f5c-0c8f5c5e4d0a",
        kind=kind,
        purpose="notify",
        reference="TU-1",
        sequence=1,
        reported_at="2026-11-22T10:00:00+00:00",
        fields=disclosure.project(answers, demo().granted[index]),
    )


def least(kind: str) -> dict[str, Any]:
    needed = {path for path, field in events.vocabulary(events.find(kind)).items() if field.is_required}
    told = {"death.died_on", "moved_on", "new_address.postcode", "registration.number"}
    return disclosure.project(complete(kind), needed | told)


@pytest.mark.parametrize(("slug", "kind"), sorted({(slug, kind) for slug, kind, _ in cases()}))
def test_no_identifier_that_a_mapping_reads_is_lost_on_the_way(slug: str, kind: str) -> None:
    endpoint = demo().endpoints[slug]
    adapter = discovery.find(endpoint.adapter)
    needed = {path for path in adapter.fields_needed(endpoint) if ".identifiers." in path}
    told = message(slug, kind, is_full=True)
    body = adapter.encode(told, endpoint).body.decode()
    for value in values(disclosure.project(told.fields, needed)) if needed else ():
        assert value in body


def test_council_tax_is_told_its_own_account_number_before_what_somebody_remembered() -> None:
    endpoint = demo().endpoints["northmoor-east-council-tax"]
    told = message("northmoor-east-council-tax", "death", is_full=True)
    own = {"numbers": [{"scheme": "council-tax-account", "value": "NE7"}]}
    with_own = dataclasses.replace(told, fields={**told.fields, "recipient": own})
    remembered = told.fields["subject"]["identifiers"]["council_tax_account"]
    bodies = [discovery.find(endpoint.adapter).encode(each, endpoint).body.decode() for each in (told, with_own)]
    assert [("NE7" in body, remembered in body) for body in bodies] == [(False, True), (True, False)]


def values(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for inner in value.values() for found in values(inner)]
    return [found for inner in value for found in values(inner)] if isinstance(value, list) else [str(value)]


REPLIES = {
    "benefits-and-pensions": (
        (
            '<n:Acknowledgement xmlns:n="https://crossgate.example/gateway/2021/notifications" status="accepted">'
            "<n:MessageIdentifier>1</n:MessageIdentifier><n:GatewayReference>G1</n:GatewayReference><n:Answer>"
            "<n:Code>acted</n:Code><n:Action><n:Type>payment_stopped</n:Type><n:EffectiveDate>2026-11-20</n:EffectiveDate>"
            "</n:Action></n:Answer></n:Acknowledgement>"
        ),
        contract.Receipt(
            answer=contract.Answer("acted", (contract.Action("payment_stopped", "2026-11-20"),), None, "G1")
        ),
    ),
    "drivers-and-vehicles": (
        (
            '<n:Acknowledgement xmlns:n="https://crossgate.example/gateway/2021/notifications" status="duplicate">'
            "<n:MessageIdentifier>1</n:MessageIdentifier><n:GatewayReference>G2</n:GatewayReference></n:Acknowledgement>"
        ),
        contract.Receipt(duplicate=True),
    ),
    "northmoor-east-council-tax": (
        (
            '<n:NotifyDeathResponse xmlns:n="urn:tallystone:revenues:v3"><n:Result>Accepted</n:Result>'
            "<n:Receipt>R1</n:Receipt><n:Decision><n:Outcome>Actioned</n:Outcome>"
            "<n:ActionTaken>AccountClosed</n:ActionTaken><n:ActionTaken>BillReissued</n:ActionTaken></n:Decision>"
            "</n:NotifyDeathResponse>"
        ),
        contract.Receipt(
            answer=contract.Answer(
                "acted", (contract.Action("account_closed"), contract.Action("bill_reissued")), None, "R1"
            )
        ),
    ),
    "brackwater-council-tax": (
        (
            '<n:NotifyDeathResponse xmlns:n="urn:tallystone:revenues:v3"><n:Result>AlreadyReceived</n:Result>'
            "<n:Receipt>R2</n:Receipt></n:NotifyDeathResponse>"
        ),
        contract.Receipt(duplicate=True),
    ),
    "northmoor-east-electoral": (
        (
            '<n:removeElectorResponse xmlns:n="http://rollcall.example/electors"><receipt><number>1</number>'
            "<seenBefore>true</seenBefore><takenAt>2026-11-22T10:00:00Z</takenAt></receipt></n:removeElectorResponse>"
        ),
        contract.Receipt(duplicate=True),
    ),
    "northmoor-east-housing": (
        (
            '<n:recordDeathResponse xmlns:n="urn:hearthside:members:2009"><status>OK</status><ticket>T1</ticket>'
            "<outcome>ENDED</outcome></n:recordDeathResponse>"
        ),
        contract.Receipt(answer=contract.Answer("acted", (contract.Action("account_closed"),), None, "T1")),
    ),
    "brackwater-libraries": (
        (
            '<n:recordDeathResponse xmlns:n="urn:hearthside:members:2009"><status>OK</status><ticket>T2</ticket>'
            "<outcome>NONE</outcome></n:recordDeathResponse>"
        ),
        contract.Receipt(),
    ),
    "northmoor-adult-social-care": (
        (
            '<n:CloseRecordResponse xmlns:n="https://carepath.example/adults/v5"><n:Acknowledged>true</n:Acknowledged>'
            "<n:CareReference>C1</n:CareReference><n:Finding>not-known</n:Finding></n:CloseRecordResponse>"
        ),
        contract.Receipt(answer=contract.Answer("no_match", (), None, "C1")),
    ),
}


@pytest.mark.parametrize("slug", REPLIES)
def test_what_a_soap_recipient_says_is_understood(slug: str) -> None:
    said, expected = REPLIES[slug]
    endpoint = demo().endpoints[slug]
    is_12 = "crossgate" in endpoint.settings["wsdl"]
    envelope = "http://www.w3.org/2003/05/soap-envelope" if is_12 else "http://schemas.xmlsoap.org/soap/envelope/"
    body = f'<e:Envelope xmlns:e="{envelope}"><e:Body>{said}</e:Body></e:Envelope>'
    response = contract.Response(200, {"content-type": "text/xml"}, body.encode())
    assert discovery.find("soap").decode(response, endpoint) == expected


def test_what_a_rest_recipient_says_is_understood() -> None:
    said = {"status": "duplicate", "their_reference": "R1", "outcome": "acted", "note": "",
            "actions": [{"code": "record_updated", "on": "2026-11-20"}]}  # fmt: skip
    response = contract.Response(200, {}, json.dumps(said).encode())
    receipt = discovery.find("rest").decode(response, demo().endpoints["northmoor-libraries"])
    answer = contract.Answer("acted", (contract.Action("record_updated", "2026-11-20"),), None, "R1")
    assert receipt == contract.Receipt(duplicate=True, answer=answer)
