"""The measuring of SOAP measures what it says: thirty fields, the same said by hand, a WSDL of 2 MB."""

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from adapters import soap, wsdls
from tests.adapters.examples import endpoint, message
from tests.bench import soap_messages


def test_a_message_has_thirty_fields_and_all_of_them_are_said() -> None:
    told = soap_messages.fields()
    said = soap.encode(message(told), soap_messages.place()).body
    assert sum(map(len, told.values())) == 30
    assert len([each for each in etree.fromstring(said).iter() if not len(each)]) == 31


def test_the_template_by_hand_says_the_same() -> None:
    said = message(soap_messages.fields())
    ours = soap.encode(said, soap_messages.place()).body
    by_hand = soap_messages.by_hand(said, etree.fromstring(ours))
    assert etree.canonicalize(by_hand.decode()[38:]) == etree.canonicalize(ours.decode()[38:])
    assert soap_messages.read_by_hand(soap_messages.REPLY) == "N-17"


def test_a_wsdl_of_two_megabytes_is_read_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    text, read, true = soap_messages.large_wsdl(), [], wsdls.load

    def counted(documents: dict[str, bytes], name: str) -> Any:
        read.append(name)
        return true(documents, name)

    monkeypatch.setattr(wsdls, "load", counted)
    for digest in ("", "one route", "another route", ""):
        large = replace(endpoint("soap", {}, {"a.wsdl": text}), digest=digest)
        assert wsdls.operation(large, wsdls.Wanted("a.wsdl", "Tell")).schema is not None
    assert len(text) >= soap_messages.LARGE
    assert read == ["a.wsdl"]


def test_everything_is_measured() -> None:
    measured = soap_messages.measure(times=3)
    assert len(measured) == soap_messages.table(measured).row_count == 7
    assert all(figure > 0 for each in measured.values() for figure in each.values())
