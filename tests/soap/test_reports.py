"""Registration systems that speak only SOAP start reports, submit and follow them, as others do by REST."""

import uuid
from typing import Any

import pytest
import zeep
from django.test import Client
from suds.client import Client as Suds
from suds.wsse import Security, UsernameToken
from zeep.wsse.username import UsernameToken as ZeepToken

from tellusonce import events, reports
from tellusonce.models import Delivery, Report
from tests import factories
from tests.callers import Caller
from tests.soap.conftest import System, system
from tests.soap.test_confirmations import TYPED, fault

PATH = "/soap/reports"
NOBODYS = "0d6a6f5e-1111-4222-8333-444455556666"
ENVELOPE = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="urn:tell-us-once:reports:1">
<s:Body>{}</s:Body></s:Envelope>"""
START = "<t:StartReport><t:Key>k1</t:Key><t:Answers>{}</t:Answers>{}</t:StartReport>"
DEATH = "<t:death><t:subject><t:name><t:family>Quillfeather</t:family></t:name></t:subject></t:death>"
TOLD = factories.ENTRY | {"subject": factories.ENTRY["subject"] | factories.TOLD["subject"]}
ANSWERS = {"death": TOLD | {"informant": factories.TOLD["informant"]}}


@pytest.fixture
def northmoor(db: None) -> System:
    factories.recipient("libraries")
    return system("northmoor")


def send(caller: Caller, inner: str) -> Any:
    return Client(raise_request_exception=False).post(
        PATH,
        ENVELOPE.format(inner).encode(),
        content_type="text/xml",
        secure=True,
        headers={"Authorization": f"Bearer {caller.token}"},
    )


@pytest.mark.django_db(transaction=True)
def test_zeep_starts_submits_and_follows_a_report_by_the_published_wsdl_alone(address: str, northmoor: System) -> None:
    token = ZeepToken(northmoor.client_id, northmoor.secret)  # type: ignore[no-untyped-call]  # zeep ships no types
    service = zeep.Client(f"{address}{PATH}?wsdl", wsse=token).service  # type: ignore[no-untyped-call]  # no types
    entry = {"Type": "register-entry", "Entry": {"death": factories.ENTRY}}
    told = {"Key": "start-1", "Answers": ANSWERS, "Evidence": entry}
    started, again = service.StartReport(**told), service.StartReport(**told)
    assert (started.State, again.ReportId) == ("started", started.ReportId)
    report = Report.objects.get()
    assert (str(report.pk), report.reference) == (started.ReportId, started.Reference)
    submitted = service.SubmitReport(Key="submit-1", ReportId=started.ReportId)
    assert [(each.Slug, each.State) for each in submitted.Recipient] == [("libraries", "pending")]
    assert Delivery.objects.get().state == "pending"
    assert service.FollowReport(ReportId=started.ReportId).State == "submitted"
    with pytest.raises(zeep.exceptions.Fault, match="has been submitted"):
        service.SubmitReport(Key="submit-2", ReportId=started.ReportId)


@pytest.mark.django_db(transaction=True)
def test_suds_starts_a_report_with_types_made_of_the_vocabulary(address: str, northmoor: System) -> None:
    client = Suds(f"{address}{PATH}?wsdl", cache=None)
    security = Security()
    security.tokens.append(UsernameToken(northmoor.client_id, northmoor.secret))
    client.set_options(wsse=security, port="Reports")
    death = client.factory.create("ns0:death")
    death.subject = client.factory.create("ns0:death_Deceased")
    death.subject.name = client.factory.create("ns0:death_Name")
    death.subject.name.given = ["Alma", "Rose"]
    death.subject.name.family = "Quillfeather"
    started = client.service.StartReport(Key="s1", Answers={"death": death})
    assert started.State == "started"
    told = reports.answers(factories.REGISTRAR, uuid.UUID(started.ReportId))
    assert told["subject"]["name"] == {"given": ["Alma", "Rose"], "family": "Quillfeather"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(events.kinds()))
def test_every_kind_is_in_the_schema_with_all_its_fields(northmoor: System, name: str) -> None:
    wsdl = Client().get(f"{PATH}?wsdl", secure=True).content.decode()
    ours = [path for path in events.grantable(events.find(name)) if not path.startswith("recipient.")]
    for path in ours:
        assert f'name="{path.rpartition(".")[2]}"' in wsdl, path
    assert f'<xs:complexType name="{name}">' in wsdl


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ("<t:StartReport/>", "StartReport is not as the schema has it"),
        (START.format("", ""), "not as the schema has it"),
        (START.format(f"<t:death><t:{TYPED}/></t:death>", ""), "something in it is not as the schema has it"),
        (START.format("<t:wedding/>", ""), "not as the schema has it"),
        (START.format(DEATH.replace("Quillfeather", TYPED + "\u202e"), ""), "subject.name.family"),
        ("<t:SubmitReport><t:Key>k</t:Key><t:ReportId>nonsense</t:ReportId></t:SubmitReport>", "ReportId is not"),
        (f"<t:FollowReport><t:ReportId>{NOBODYS}</t:ReportId></t:FollowReport>", "no report"),
        ("<t:Guess/>", "must hold one StartReport or SubmitReport or FollowReport"),
        ("", "must hold one StartReport"),
    ],
)
def test_what_is_wrong_is_said_and_never_quoted(northmoor: System, inner: str, words: str) -> None:
    assert words in fault(send(Caller("northmoor"), inner), status=400)
    assert not Report.objects.exists()


@pytest.mark.django_db
def test_the_rules_are_those_of_rest(northmoor: System) -> None:
    caller = Caller("northmoor", scopes=("reports:read",))
    assert "reports:start" in fault(send(caller, START.format(DEATH, "")), status=403)
    starter = Caller("northmoor", scopes=("reports:start", "reports:read"))
    evidence = f"<t:Evidence><t:Type>register-entry</t:Type><t:Entry>{DEATH}</t:Entry></t:Evidence>"
    assert "evidence:record" in fault(send(starter, START.format(DEATH, evidence)), status=400)
    assert send(starter, START.format(DEATH, "")).status_code == 200
    report = Report.objects.get()
    follow = f"<t:FollowReport><t:ReportId>{report.pk}</t:ReportId></t:FollowReport>"
    assert send(starter, follow).status_code == 200
    assert "no report" in fault(send(Caller("southmoor"), follow), status=400)
    other = START.format(DEATH.replace("Quillfeather", "Other"), "")
    assert "another request" in fault(send(starter, other), status=400)


@pytest.mark.django_db
def test_nobody_is_handed_a_reference_that_cannot_be_sent(northmoor: System) -> None:
    wish = "<t:HandOver><t:Email>bram@quillfeather.example</t:Email></t:HandOver>"
    assert "in another way" in fault(send(Caller("northmoor"), START.format(DEATH, wish)), status=400)
    assert not Report.objects.exists()
