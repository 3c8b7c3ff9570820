"""F22 to F24: what recipients answer by SOAP: not SOAP at all, an attack on whoever reads it, or another's word."""

import datetime as dt
import re
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.simulator.ways import Line, Way, whole
from deploy import services
from tests.adapters.examples import envelope, fault
from tests.adapters.hostiles import playing as eavesdropping
from tests.adapters.signing import Way as Signing
from tests.adapters.signing import party, relates_to, signed, text
from tests.adapters.test_envelopes import HOSTILE
from tests.adapters.test_soap_replies import MUST, PICTURE, RELATED_TYPE, parts
from tests.adapters.test_wsse import FORGERIES
from tests.faults import scenes, verdicts
from tests.faults.conftest import Tally
from tests.faults.verdicts import Words
from tests.loads import gauges, naming, recipients, reckonings, rogues, submitting
from tests.loads.recipients import TALLYSTONE, WSDLS, Played
from tests.loads.rogues import Rogue, Rogues
from tests.loads.stacks import WORKERS, Stack

JSON = Any
XML = "text/xml; charset=utf-8"
TAKEN = (
    '<t:NotifyDeathResponse xmlns:t="urn:tallystone:revenues:v3"><t:Result>Accepted</t:Result>'
    "<t:Receipt>{}</t:Receipt></t:NotifyDeathResponse>"
)
OK = envelope(TAKEN.format("T-1"))
NAMED = envelope(TAKEN.format("Ångström"))
ROOT = f"Content-Type: text/xml; charset=utf-8\r\nContent-ID: <root>\r\n\r\n{OK.decode()}"


def says(body: bytes, *, status: int = 200, media_type: str = XML) -> Way:
    """Answer this, whatever was asked."""

    async def way(line: Line) -> None:
        await line.say(whole(body, status=status, headers={"Content-Type": media_type}))

    return way


def rogue(name: str, first: Way, *, then: Way = rogues.well_by_soap, takes: bool = True) -> Rogue:
    """Play a recipient by SOAP."""
    return Rogue(name, first, then, takes=takes, style="soap")


def told(there: Rogues, name: str, **settings: Any) -> Played:
    """Tell it as Tallystone is told, with these settings too."""
    usual = Played(name, "soap").as_listed()["route"]["settings"]
    return there.told(name, route={"settings": {**usual, **settings}})


def well_ones() -> list[Played]:
    """Give those who are well: both SOAP and REST."""
    return [*recipients.several(2), *recipients.several(2, style="soap")]


# F22: what is said at first, and the words that stand in the attempt.
NO_REPLY: Mapping[str, tuple[Way, Words]] = {
    "malformed": (says(b'<ok"{]'), ("ambiguous", "reply-malformed")),
    "truncated": (says(OK[:-9]), ("ambiguous", "reply-malformed")),
    "wrong-charset": (says(NAMED.decode().encode("latin-1")), ("ambiguous", "reply-malformed")),
    "a-page": (says(b"<html><body>Welcome</body></html>", media_type="text/html"), ("ambiguous", "reply-html")),
    "empty": (says(b""), ("ambiguous", "reply-empty")),
    "another-answer": (says(envelope('<Other xmlns="urn:o"/>')), ("ambiguous", "reply-unexpected")),
    "must-understand": (says(envelope(TAKEN, header=MUST.format("1", ""))), ("ambiguous", "reply-must-understand")),
    "server-fault-in-500": (says(fault("Server"), status=500), ("transient", "fault-Server")),
    "server-fault-in-200": (says(fault("Server")), ("transient", "fault-Server")),
}
CLIENT_FAULTS: Mapping[str, Way] = {
    "client-fault-in-500": says(fault("Client"), status=500),
    "client-fault-in-200": says(fault("Client")),
}
HAD_IT, STAYS = "had-it", "client-fault-for-ever"
HAD: JSON = {"faults": [{"contains": "already", "means": "duplicate"}]}
FINE: Mapping[str, Way] = {
    HAD_IT: says(fault("Client", "no", "<e>already</e>"), status=500),
    "multipart": says(parts(ROOT, PICTURE), media_type=RELATED_TYPE),
}


@pytest.mark.fault("F22")
def test_what_is_no_answer_is_asked_for_again_and_a_fault_means_what_it_says(tally: Tally) -> None:
    """F22: malformed, truncated, wrong charset, HTML or nothing with 200, faults, multipart, mustUnderstand.

    Faults in 200 and 500, client and server; a detail that means "already have it".
    """
    well = well_ones()
    folk = [
        *(rogue(name, way) for name, (way, _) in NO_REPLY.items()),
        *(rogue(name, way, takes=False) for name, way in CLIENT_FAULTS.items()),
        *(rogue(name, way) for name, way in FINE.items()),
    ]
    with rogues.playing(*folk) as there:
        played = [
            *well,
            *(told(there, each.name, **(HAD if each.name == HAD_IT else {})) for each in folk),
            Played(STAYS, "soap", behaviour=[{"refuse": {"fault": "client"}}]),
        ]
        with scenes.playing(played) as stack:
            there.keep(stack.books)
            submitting.by_interface(stack, 1, seed=tally.seed)
            verdicts.see_told(stack, well)
            refused = dict.fromkeys([*CLIENT_FAULTS, STAYS], ("refused", "fault-Client"))
            verdicts.see_words(stack, {**{name: words for name, (_, words) in NO_REPLY.items()}, **refused})
            assert all(verdicts.standing(stack)[name] == {("failed", "fault-Client")} for name in refused)
            assert stack.metric("tellusonce_failed_deliveries") == len(refused)
            tally.mended()
            verdicts.put_right(stack, replay=CLIENT_FAULTS)
            scenes.all_told(stack)
            tally.well()
            heard = verdicts.heard(stack)
            assert {name: [each.words for each in heard[name]] for name in FINE} == {
                HAD_IT: [("duplicate", "http-500")],
                "multipart": [("accepted", "http-200")],
            }
            assert all(heard[name][-1].words == ("accepted", "http-200") for name in [*NO_REPLY, *CLIENT_FAULTS])
            assert not verdicts.paused(stack)
            tally.hold(reckonings.reckon(stack, untold={STAYS: ("failed", "fault-Client")}))


# F23

FETCHING = {
    "subset": '<!DOCTYPE a SYSTEM "{url}"><a/>',
    "entity": '<!DOCTYPE a [<!ENTITY e SYSTEM "{url}">]><a>&e;</a>',
    "parameter-entity": '<!DOCTYPE a [<!ENTITY % e SYSTEM "{url}">%e;]><a/>',
    "include": '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{url}"/></a>',
    "schema": '<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:noNamespaceSchemaLocation="{url}"/>',
}
UNREAD = {"include": "reply-no-envelope", "schema": "reply-no-envelope"}
MOST_GROWTH_MB = 150


@pytest.mark.fault("F23")
def test_hostile_xml_is_neither_expanded_nor_followed(tally: Tally, tmp_path: Path) -> None:
    """F23: XXE by file and http, billion laughs, quadratic blow-up, deep nesting, DTD, external schema import."""
    well = well_ones()
    bombs = {re.sub(r"[^a-z0-9]+", "-", name.lower()): attack for name, attack in HOSTILE.items()}
    with eavesdropping() as elsewhere:
        fetching = {f"fetches-{name}": said.format(url=elsewhere.url("ok")) for name, said in FETCHING.items()}
        expected: dict[str, Words] = {
            **{name: ("ambiguous", f"reply-{code}") for name, (_, code) in bombs.items()},
            **{f"fetches-{name}": ("ambiguous", UNREAD.get(name, "reply-dtd")) for name in FETCHING},
        }
        folk = [
            *(rogue(name, says(content)) for name, (content, _) in bombs.items()),
            *(rogue(name, says(said.encode())) for name, said in fetching.items()),
        ]
        with rogues.playing(*folk) as there:
            played = [*well, *(told(there, each.name) for each in folk)]
            with scenes.playing(played) as stack:
                there.keep(stack.books)
                before = gauges.peak_mb(stack)
                refused_at_the_door(stack, played, importing(tmp_path, elsewhere.url("types.xsd")))
                submitting.by_interface(stack, 1, seed=tally.seed)
                verdicts.see_told(stack, well)
                verdicts.see_words(stack, expected)
                tally.mended()
                scenes.all_told(stack)
                tally.well()
                assert all(verdicts.heard(stack)[name][-1].outcome == "accepted" for name in expected)
                assert gauges.peak_mb(stack) - before < MOST_GROWTH_MB
                assert (elsewhere.heard, elsewhere.connections) == ([], 0)
                tally.hold(reckonings.reckon(stack))


def importing(folder: Path, location: str) -> Path:
    """Write a WSDL that imports its types from elsewhere."""
    document = folder / TALLYSTONE
    document.write_text((WSDLS / TALLYSTONE).read_text("utf-8").replace("tallystone-types.xsd", location), "utf-8")
    return document


def refused_at_the_door(stack: Stack, played: list[Played], document: Path) -> None:
    """See that no catalogue comes into force that rests on such a document; the one in force stays."""
    with pytest.raises(services.CannotStart):
        stack.apply([*played, Played("rests-on-sand", "soap", route={"documents": [str(document)]})])
    stack.recipients = played


# F24

THEM, OTHERS = party("them", days=36_500), party("others", days=36_500)
ANOTHER = "0197b1c2-aaaa-7000-8000-000000000002"
ADDRESSED: JSON = {"addressing": True, "signed_by": THEM.certificate}
OVER = ("body", "stamp", "relates")
Sign = Callable[[str, dt.datetime], bytes]


def reply_to(message: str, at: dt.datetime, *, by: Any = THEM, earlier: dt.timedelta = dt.timedelta()) -> bytes:
    """Sign an answer to a message."""
    way = Signing(over=OVER, created=at - earlier)
    return text(signed(TAKEN.format("T-1"), by, way, header=relates_to(message)))


def forged(forge: Callable[[Any], object], message: str, at: dt.datetime) -> bytes:
    """Sign an answer, and tamper with it."""
    root = signed(TAKEN.format("T-1"), THEM, Signing(over=OVER, created=at), header=relates_to(message))
    forge(root)
    return text(root)


def signing(sign: Sign) -> Way:
    """Answer with what is signed just now."""

    async def way(line: Line) -> None:
        body = sign(line.told[rogues.MESSAGE], dt.datetime.now(dt.UTC))
        await line.say(whole(body, headers={"Content-Type": XML}))

    return way


FOREIGN: Mapping[str, tuple[Sign, Words]] = {
    "unsigned": (lambda _message, _at: OK, ("ambiguous", "reply-security-missing")),
    "signed-by-another": (
        lambda message, at: reply_to(message, at, by=OTHERS),
        ("ambiguous", "reply-certificate-unknown"),
    ),
    "altered": (
        lambda message, at: reply_to(message, at).replace(b"Accepted", b"Rejected"),
        ("ambiguous", "reply-signature-wrong"),
    ),
    "expired": (
        lambda message, at: reply_to(message, at, earlier=dt.timedelta(minutes=30)),
        ("ambiguous", "reply-timestamp-stale"),
    ),
    "replayed": (lambda _message, at: reply_to(ANOTHER, at), ("ambiguous", "reply-to-another")),
    "turned": (
        lambda message, at: reply_to(ANOTHER, at).replace(ANOTHER.encode(), message.encode()),
        ("ambiguous", "reply-signature-wrong"),
    ),
}
OURS_EXPIRED = "finds-ours-expired"
WSDL_HOST = "revenues.northmoor.example"  # where the WSDL says that Tallystone is


@pytest.mark.fault("F24")
def test_no_answer_counts_that_is_not_theirs_to_this_message_and_no_wsdl_leads_astray(
    tally: Tally, tmp_path: Path
) -> None:
    """F24: WSDL changed or missing at start, its address; expired Timestamp; replayed reply; signatures."""
    well = well_ones()
    forgeries = {f"forged-{forge.__name__.replace('_', '-')}": forge for forge in FORGERIES}
    first: dict[str, Sign] = {
        **{name: sign for name, (sign, _) in FOREIGN.items()},
        **{name: partial(forged, forge) for name, forge in forgeries.items()},
    }
    good = signing(reply_to)
    folk = [
        *(rogue(name, signing(sign), then=good) for name, sign in first.items()),
        rogue(OURS_EXPIRED, says(fault("MessageExpired"), status=500), takes=False),
        rogue("follows-a-file", rogues.well_by_soap),
    ]
    documents = tmp_path / "documents"
    shutil.copytree(WSDLS, documents)
    with rogues.playing(*folk) as there:
        played = [
            *well,
            *(told(there, name, **ADDRESSED) for name in first),
            told(there, OURS_EXPIRED),
            there.told("follows-a-file", route={"documents": [str(documents / TALLYSTONE)]}),
        ]
        with scenes.playing(played, **naming.settings(tmp_path, {})) as stack:
            there.keep(stack.books)
            lose_the_wsdl(stack, played, documents / TALLYSTONE)
            submitting.by_interface(stack, 1, seed=tally.seed)
            verdicts.see_told(stack, well)
            verdicts.see_words(stack, {name: words for name, (_, words) in FOREIGN.items()})
            verdicts.see_words(stack, {OURS_EXPIRED: ("transient", "fault-MessageExpired")})
            tally.mended()
            scenes.all_told(stack)
            tally.well()
            heard = verdicts.heard(stack)
            assert {heard[name][0].outcome for name in forgeries} == {"ambiguous"}
            assert all(heard[name][0].code.startswith("reply-") for name in forgeries)
            assert all(heard[name][-1].outcome == "accepted" for name in first)
            assert naming.asked(tmp_path / "asked", WSDL_HOST) == 0
            tally.hold(reckonings.reckon(stack))


def lose_the_wsdl(stack: Stack, played: list[Played], document: Path) -> None:
    """Let it change and then be gone: neither comes into force, and workers that start anew go by what was applied."""
    there = document.read_text(encoding="utf-8")
    document.write_text(there.replace('"NotifyDeath"', '"ReportDeath"'), encoding="utf-8")
    refused_at_the_door(stack, played, document)
    document.unlink()
    refused_at_the_door(stack, played, document)
    before = {name: stack.restarted(name) for name in WORKERS}
    stack.kill(*WORKERS)
    stack.wait_for(lambda: all(stack.restarted(name) > before[name] for name in WORKERS), why="No worker came back.")
