"""What every adapter owes, whoever wrote it; run over each that is discovered."""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey
from lxml import etree
from pydantic import ValidationError

from adapters import discovery, envelopes, event_tokens
from adapters.contract import Adapter, Content, Endpoint, Failure, Misconfigured, Receipt, Request, Response
from tests.adapters.examples import FIELDS, endpoint, message, soap_endpoint

AT = datetime(2026, 2, 1, 10, tzinfo=UTC)


class AnyKeys(dict[str, str]):
    """A secret for every name that is asked for, and a key to sign events with."""

    PEM = ECKey.generate_key("P-256").as_pem(private=True).decode()

    def get(self, name: str, _default: Any = None) -> Any:
        """Give the same one."""
        return self.PEM if name == event_tokens.KEY else "c2VjcmV0LXNlY3JldC1zZWNyZXQ="


def example(name: str) -> Endpoint:
    """Make an endpoint from the example in the adapter's own schema; SOAP needs documents besides."""
    if name == "soap":
        return soap_endpoint()
    examples = discovery.find(name).Options.model_json_schema().get("examples", [{}])
    return replace(endpoint(name, examples[0]), adapter=name)


def check_all(name: str) -> None:
    """Run every check over one adapter."""
    adapter, place = discovery.find(name), example(name)
    for check in (check_settings, check_encode, check_needs, check_seal, check_decode):
        check(adapter, place)


def check_settings(adapter: Adapter, place: Endpoint) -> None:
    """Its own example fits, and what it does not know is refused."""
    assert adapter.check(place) == ()
    odd = replace(place, settings={**place.settings, "no_such_setting": 1})
    with pytest.raises(ValidationError):
        adapter.Options.model_validate(dict(odd.settings))
    assert any("no_such_setting" in sentence for sentence in adapter.check(odd))
    with pytest.raises(Misconfigured):
        adapter.encode(message(), odd)


def check_encode(adapter: Adapter, place: Endpoint) -> None:
    """The same message is the same content, in whatever order its fields come."""
    said = adapter.encode(message(), place)
    assert isinstance(said, Content)
    assert said.body
    assert adapter.encode(message(_backwards(FIELDS)), place) == said
    assert adapter.encode(message(id="another"), place) != said


def check_needs(adapter: Adapter, place: Endpoint) -> None:
    """With the fields that it needs, and no others, it says the same; with none it says so or fails properly.

    Protocols of which the route decides what is said may take whatever they are granted.
    """
    needed = adapter.fields_needed(place) | discovery.fields_of_kind(place.adapter, message().kind)
    said = adapter.encode(message(project(FIELDS, needed)), place)
    assert said.body
    assert place.adapter in discovery.PROTOCOLS or said == adapter.encode(message(), place)
    with contextlib.suppress(Failure):
        assert adapter.encode(message({}), place).body


def check_seal(adapter: Adapter, place: Endpoint) -> None:
    """A try says the content as it is; without its secrets nothing is sent."""
    said = adapter.encode(message(), place)
    request = adapter.seal(said, place, at=AT, nonce="n", keys=AnyKeys())
    assert request.url.split("/")[2] == place.address.split("/")[2]
    assert _said_by(request) == _said_in(said)
    with contextlib.suppress(Misconfigured):
        # None of its settings names a secret.
        assert adapter.seal(said, place, at=AT, nonce="n", keys={}) == request


def _said_by(request: Request) -> bytes:
    """A token carries the content within it (RFC 7515, section 3), an envelope beside headers (SOAP 1.1, section 4)."""
    if request.headers.get("Content-Type") == event_tokens.MEDIA_TYPE:
        return jws.extract_compact(request.body).payload
    return _said_in(Content(request.body, request.headers.get("Content-Type", "")))


def _said_in(content: Content) -> bytes:
    """What an envelope says is its body; headers may be of one try."""
    if "xml" not in content.media_type:
        return content.body
    return bytes(etree.tostring(envelopes.read(content.body).frame, method="c14n", exclusive=True))


# A status or a word of ours, with a word of a standard's at most: never what somebody wrote.
STABLE = re.compile(r"[a-z]+(-[a-z]+)*(-[A-Za-z]+|-[1-5][0-9][0-9])?")
REPLIES = st.builds(
    Response,
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["content-type", "retry-after", "date"]), st.text(max_size=30)),
    st.binary(max_size=200) | st.text(max_size=100).map(str.encode) | st.sampled_from(
        [b"{}", b"[]", b"null", b'{"result": {}}', b'"text"', b"<a/>", b"<html>", b"\xff", b"[" * 9999]
    ),
)  # fmt: skip


def check_decode(adapter: Adapter, place: Endpoint) -> None:
    """Whatever comes is a receipt or a failure with a stable code; no status but success is a receipt."""

    @settings(max_examples=150, database=None, report_multiple_bugs=False)
    @given(REPLIES)
    def is_total(response: Response) -> None:
        try:
            receipt = adapter.decode(response, place)
        except Failure as failure:
            assert STABLE.fullmatch(failure.code)  # noqa: PT017
        else:
            assert isinstance(receipt, Receipt)
            assert 200 <= response.status < 300 or receipt.duplicate

    is_total()


def project(fields: Mapping[str, Any], paths: frozenset[str]) -> dict[str, Any]:
    """Keep only what lies at or below these paths."""
    kept: dict[str, Any] = {}
    for name, value in fields.items():
        inside = frozenset(path.partition(".")[2] for path in paths if path.partition(".")[0] == name)
        if inside:
            kept[name] = value if "" in inside else _inside(value, inside)
    return kept


def _inside(value: Any, paths: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_inside(each, paths) for each in value]
    return project(value, paths) if isinstance(value, Mapping) else value


def _backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _backwards(inner) for name, inner in reversed(value.items())}
    return [_backwards(inner) for inner in value] if isinstance(value, list) else value
