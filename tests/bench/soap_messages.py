"""The part of ``make bench`` that is about SOAP: what a message of thirty fields costs one core, and a WSDL of 2 MB.

Beside it stands what a template costs that somebody wrote by hand for this one message: lxml, and nothing that checks.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from lxml import etree
from rich.table import Table

from adapters import soap, wsdls
from adapters.contract import Asked, Content, Endpoint, Message, Response
from tests.adapters.examples import endpoint, envelope, message, wsdl
from tests.adapters.shapes import element, schema, simple
from tests.adapters.signing import AT, party, signed, text

TIMES = 400
LARGE = 2_000_000
# The groups of the message, and in each the fields by type; names are the fields' in lower case.
GROUPS: Mapping[str, Mapping[str, str]] = {
    "Person": {"string": "Title? Given* Middle? Family Sex? Nino?", "date": "Born Died?", "boolean": "Known"},
    "Home": {"string": "Line* Town? County? Postcode Kind?", "date": "Since? Until?", "int": "Uprn? Rooms?"},
    "Caller": {"string": "Name Relation? Phone? Mail? Street? Place? Code? Language?", "boolean": "Kin Executor"},
    "Case": {"string": "Note?", "int": "Count?"},
}  # fmt: skip
SAMPLES: Mapping[str, Any] = {"string": "Ångström & Söhne", "date": "2026-01-31", "boolean": True, "int": 42}
NAMESPACE = "{urn:t}"
REPLY = envelope('<TellResponse xmlns="urn:t"><Result>closed</Result><Ticket>N-17</Ticket></TellResponse>')
ANSWER = "{outcome: code(body.Result, {closed: 'acted'}), actions: ['account_closed'], their_reference: body.Ticket}"


def fields() -> dict[str, dict[str, Any]]:
    """Say something in each of the thirty fields."""
    return {
        group.lower(): {
            name.rstrip("?*").lower(): [SAMPLES[kind]] if name.endswith("*") else SAMPLES[kind]
            for kind, names in kinds.items()
            for name in names.split()
        }
        for group, kinds in GROUPS.items()
    }


def place(**settings: Any) -> Endpoint:
    """Make an endpoint that takes all of them."""
    types = "".join(
        element("".join(simple(names, kind) for kind, names in kinds.items()), name=group)
        for group, kinds in GROUPS.items()
    )
    replied = element(simple("Result Ticket"), name="TellResponse")
    document = wsdl(types=schema(element(simple("Id") + types) + replied))
    inner = ", ".join(f"{group}: {{{_members(group)}}}" for group in GROUPS)
    wanted = {"wsdl": "a.wsdl", "operation": "Tell", "mapping": f"{{Id: message.id, {inner}}}", "reply": ANSWER}
    made = endpoint("soap", {**wanted, **settings}, {"a.wsdl": document})
    return replace(made, digest=f"bench-{sorted(settings)}")


def _members(group: str) -> str:
    names = [name.rstrip("?*") for names in GROUPS[group].values() for name in names.split()]
    return ", ".join(f"{name}: {group.lower()}.{name.lower()}" for name in names)


def by_hand(said: Message, template: etree._Element) -> bytes:
    """Fill a copy of an envelope that was written for this message."""
    envelope = deepcopy(template)
    for group in envelope[0][0]:
        told = said.fields.get(etree.QName(group).localname.lower(), {})
        for child in group:
            value = told[etree.QName(child).localname.lower()]
            child.text = "true" if value is True else str(value[0] if isinstance(value, list) else value)
    envelope[0][0][0].text = said.id
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def read_by_hand(reply: bytes) -> str | None:
    """Read a reply that was written for this message."""
    return etree.fromstring(reply).findtext(f".//{NAMESPACE}Ticket")


def large_wsdl() -> bytes:
    """Write a WSDL of two megabytes: thousands of types, as generators of products make them."""
    one = element(simple("Id Surname Forename* Note?") + simple("Born? Died?", "date"), name="Part{}")
    count = LARGE // len(one) + 1
    used = element(simple("Id")) + element(simple("Ticket"), name="TellResponse")
    return wsdl(types=schema(used + "".join(one.format(n) for n in range(count))))


def measure(times: int = TIMES) -> dict[str, dict[str, float]]:
    """Measure, each in microseconds but for the loading."""
    us = party("us")
    said, plain = message(fields()), place()
    safe = place(security={"signature": {"key": "k", "certificate": us.certificate}}, signed_by=us.certificate)
    content = soap.encode(said, plain)
    template = etree.fromstring(content.body)
    inner = etree.tostring(etree.fromstring(REPLY)[0][0]).decode()
    answers = {
        "plain": Response(200, {}, REPLY),
        "signed": Response(200, {}, text(signed(inner, us)), Asked(said.id, AT)),
    }
    steps: dict[str, Callable[[], Any]] = {
        "encode": lambda: soap.encode(said, plain),
        "decode": lambda: soap.decode(answers["plain"], plain),
        "encode and decode": lambda: (soap.encode(said, plain), soap.decode(answers["plain"], plain)),
        "both by hand, nothing checked": lambda: (by_hand(said, template), read_by_hand(REPLY)),
        "sign by RSA": lambda: _sealed(content, safe, us.key),
        "verify a signed reply": lambda: soap.decode(answers["signed"], safe),
    }
    return {name: _measured(step, times) for name, step in steps.items()} | {"load a WSDL of 2 MB": _loading()}


def _sealed(content: Content, where: Endpoint, key: str) -> Any:
    return soap.seal(content, where, at=AT, nonce="n", keys={"k": key})


def _measured(step: Callable[[], Any], times: int) -> dict[str, float]:
    step()
    took = []
    for _ in range(times):
        before = time.perf_counter()
        step()
        took.append((time.perf_counter() - before) * 1e6)
    within = statistics.quantiles(took, n=20, method="inclusive")[-1]
    return {"median_us": round(statistics.median(took)), "p95_us": round(within)}


def _loading() -> dict[str, float]:
    """Load it as a worker does that has not seen it before."""
    before = time.perf_counter()
    large = endpoint("soap", {}, {"a.wsdl": large_wsdl(), "never-seen-before": repr(before).encode()})
    wsdls.operation(large, wsdls.Wanted("a.wsdl", "Tell"))
    return {"seconds": round(time.perf_counter() - before, 2)}


def table(measured: Mapping[str, Mapping[str, float]]) -> Table:
    """Put the figures as a table."""
    made = Table("SOAP, 30 fields", "Median", "95 of 100 within", title=f"{TIMES} messages each, on one core")
    for name, each in measured.items():
        if "seconds" in each:
            made.add_row(name, f"{each['seconds']} s", "")
        else:
            made.add_row(name, f"{each['median_us'] / 1000:.2f} ms", f"{each['p95_us'] / 1000:.2f} ms")
    return made
