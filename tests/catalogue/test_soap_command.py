"""``manage.py soap``: what is said of a WSDL, and the request that would go."""

import re
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import onvif
import pytest
from django.core.management import CommandError, call_command

from adapters import egress, mapping
from tellusonce import keys, synthetics
from tellusonce.models import Attempt, Recipient
from tests import factories
from tests.adapters.examples import WRAPPED, wsdl
from tests.adapters.signing import party
from tests.simulator.peers import WSDLS

FIELDS = ("subject.name.family", "subject.name.given", "death.died_on", "services.library")
US = party("us")


def run(*arguments: Any) -> str:
    out = StringIO()
    call_command("soap", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_wsdl_is_described_with_a_mapping_to_start_from() -> None:
    told = run("describe", WSDLS / "tallystone-revenues.wsdl", "--operation", "NotifyDeath")
    assert "service RevenuesService, port RevenuesPort: SOAP 1.1, at http://revenues.northmoor.example" in told
    assert "# Deceased.Surname: Token80, needed" in told
    assert "NotifyMove" not in told
    skeleton = told.partition("mapping: |")[2].partition("  #")[0]
    assert "subject.name.family" in mapping.compile(skeleton).paths


def test_a_wsdl_whose_schemas_cannot_judge_is_described_with_a_word_of_it() -> None:
    word = "is not checked before it goes"
    assert word in run("describe", Path(onvif.__file__).parent / "wsdl/events.wsdl")
    assert word not in run("describe", WSDLS / "tallystone-revenues.wsdl")


def test_of_many_operations_the_names_alone_are_listed_until_one_is_named(tmp_path: Path) -> None:
    text = (WSDLS / "tallystone-revenues.wsdl").read_text()
    assert "mapping: |" in run("describe", WSDLS / "tallystone-revenues.wsdl")
    many = text.replace("</wsdl:portType>", "".join(operations()) + "</wsdl:portType>")
    many = many.replace("</wsdl:binding>", "".join(bound()) + "</wsdl:binding>")
    for beside in WSDLS.glob("*.xsd"):
        (tmp_path / beside.name).write_bytes(beside.read_bytes())
    (tmp_path / "many.wsdl").write_text(many)
    told = run("describe", tmp_path / "many.wsdl")
    assert "mapping: |" not in told
    assert "  Extra3\n" in told
    assert "--operation" in told


def operations() -> list[str]:
    return [
        f'<wsdl:operation name="Extra{n}"><wsdl:input message="tns:NotifyMoveRequest"/></wsdl:operation>'
        for n in range(4)
    ]


def bound() -> list[str]:
    body = '<soap:operation soapAction=""/><wsdl:input><soap:body use="literal"/></wsdl:input>'
    return [f'<wsdl:operation name="Extra{n}">{body}</wsdl:operation>' for n in range(4)]


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (None, [], "cannot be read; put it there"),
        (b"<a", [], "is not XML"),
        (b"<a/>", [], "has no port for SOAP over HTTP"),
        (wsdl(), ["--operation", "Shout"], "there is no operation Shout; there are Tell"),
    ],
)
def test_a_wsdl_that_cannot_be_described_is_answered_by_a_sentence(
    content: bytes | None, more: list[str], words: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "a.wsdl").write_bytes(content)
    with pytest.raises(CommandError, match=words) as refused:
        run("describe", tmp_path / "a.wsdl", *more)
    assert refused.value.returncode == 2


def revenues(**settings: Any) -> Recipient:
    wanted = {"wsdl": "a.wsdl", "operation": "Tell", "mapping": WRAPPED, **settings}
    return factories.recipient(
        "revenues",
        address="https://revenues.northmoor.example/soap",
        grants=FIELDS,
        route={"adapter": "soap", "settings": wanted, "documents": {"a.wsdl": wsdl().decode()}},
    )


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets that a route may name."""
    secrets = {"k": US.key, "p": "s3cret-s3cret", "b": "bearer-of-all"}
    monkeypatch.setattr(keys, "current", lambda: secrets)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["text", "digest"])
def test_the_request_that_would_go_is_shown_and_nothing_is_sent(
    kind: str, known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress.Egress, "shared", None)
    revenues(
        addressing=True,
        auth={"kind": "bearer", "secret": "b"},
        security={
            "username": "tuo", "secret": "p", "type": kind, "signature": {"key": "k", "certificate": US.certificate}
        },
    )  # fmt: skip
    told = run("try", "revenues", "--report", "demo")
    assert told.startswith("POST https://revenues.northmoor.example/soap\n")
    assert "<ns0:Surname>Example</ns0:Surname>" in told
    (message_id,) = {UUID(each) for each in re.findall(r"[0-9a-f-]{36}", told) if each.startswith("7e57")}
    assert synthetics.owns(message_id), "what somebody pastes elsewhere names nothing that exists"
    assert "SignatureValue" in told
    assert "Authorization: ********" in told
    assert told.count("********") == 2
    assert not any(secret in told for secret in keys.current().values())
    assert not Attempt.objects.exists()


@pytest.mark.django_db
def test_only_what_is_granted_is_shown() -> None:
    revenues()
    told = run("try", "revenues")
    assert "George" in told
    assert "QQ" not in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("settings", "arguments", "words"),
    [
        ({"security": {"username": "tuo", "secret": "p"}}, [], "It would not be sent: Misconfigured, key-missing"),
        ({"mapping": "{Id: message.id}"}, [], "It would not be sent: Refused, element-missing"),
        ({"mapping": WRAPPED.replace("death.died_on", "'soon'")}, [], "It would not be sent: Refused, schema-misfit"),
        ({}, ["--kind", "coronation"], "There is no kind coronation"),
        ({}, ["--kind", "birth"], "Nothing may be said of a birth to revenues: no-agreement"),
    ],
)
def test_what_would_not_be_sent_is_said_with_its_code(
    settings: dict[str, Any], arguments: list[str], words: str
) -> None:
    revenues(**settings)
    with pytest.raises(CommandError, match=words):
        run("try", "revenues", *arguments)


@pytest.mark.django_db
def test_whoever_is_sent_nothing_cannot_be_tried() -> None:
    with pytest.raises(CommandError, match="There is no recipient nobody"):
        run("try", "nobody")
    factories.recipient("fetcher", route={"adapter": "inbox"})
    with pytest.raises(CommandError, match="fetches from its inbox"):
        run("try", "fetcher")
