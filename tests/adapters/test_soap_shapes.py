"""What mappings say in the shapes that schemas come in, and how replies of those shapes are read: a table of each.

Each request is judged twice, by the schema and by zeep's own reading of it.
"""

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from adapters import envelopes, options, soap, wsdls
from adapters.contract import Failure, Misconfigured, Refused
from adapters.soap_settings import Options
from tests.adapters.examples import endpoint, envelope, message, response, soap_endpoint
from tests.adapters.shapes import STYLES, element, schema, simple

ID = message().id
HER = ["Ann", "Mary"]
FAMILY = "O'Lee-Ångström"
MISSING, MISFIT, VALUE = (Refused, "element-missing"), (Misconfigured, "mapping-misfit"), (Refused, "value-misfit")
UNFIT = (Refused, "schema-misfit")
LINES = "subject.addresses[].{Line: address_lines(@)}"

# The style, the mapping, and what is said: as plain JSON by local names, or the failure.
SAID: list[tuple[str, str, Any]] = [
    ("wrapped", "{Id: message.id, Surname: subject.name.family}", {"Id": ID, "Surname": FAMILY}),
    ("wrapped", "{Id: 'a', Surname: 'b', Forename: subject.name.given}", {"Id": "a", "Surname": "b", "Forename": HER}),
    ("wrapped", "{Id: 'a', Surname: 'b', Forename: ['x']}", {"Id": "a", "Surname": "b", "Forename": "x"}),
    ("wrapped", "{Id: 'a', Surname: 'b', Forename: 'x'}", {"Id": "a", "Surname": "b", "Forename": "x"}),
    ("wrapped", "{Surname: 'b', Id: 'a'}", {"Id": "a", "Surname": "b"}),
    ("wrapped", "{Id: '<&>', Surname: '\"'}", {"Id": "<&>", "Surname": '"'}),
    ("wrapped", "{Id: 'a', Surname: ''}", {"Id": "a", "Surname": ""}),
    ("wrapped", "{Id: 'a'}", MISSING),
    ("wrapped", "{Id: 'a', Surname: 'b', Colour: 'c'}", MISFIT),
    ("wrapped, SOAP 1.2", "{Id: 'a', Surname: 'b'}", {"Id": "a", "Surname": "b"}),
    ("unqualified", "{Id: 'a', Surname: 'b'}", {"Id": "a", "Surname": "b"}),
    ("bare, simple", "message.id", ID),
    ("bare, simple", "{a: 'b'}", MISFIT),
    ("bare, of a named type", "{Id: 'a'}", {"Id": "a"}),
    ("rpc", "{id: 'a'}", {"id": "a"}),
    ("rpc", "nothing", MISSING),
    ("rpc, SOAP 1.2, nested", "{notice: {Id: 'a', Forename: ['b', 'c']}, by: `7`}",
     {"notice": {"Id": "a", "Forename": ["b", "c"]}, "by": "7"}),
    ("rpc, SOAP 1.2, nested", "{notice: {Id: 'a'}, by: 'x'}", UNFIT),
    ("nested and repeated", "{Id: 'a', Person: {Address: " + LINES + "}}",
     {"Id": "a", "Person": {"Address": [{"Line": ["1 High Street", "Northmoor"]},
                                        {"Line": ["Flat 2", "The Quay", "Southmoor"]}]}}),
    ("nested and repeated", "{Id: 'a', Person: {Address: {Line: 'x'}}}",
     {"Id": "a", "Person": {"Address": {"Line": "x"}}}),
    ("nested and repeated", "{Id: 'a', Person: {Address: [`1`, `2`, `3`, `4`][].{Line: 'x'}}}", MISSING),
    ("nested and repeated", "{Id: 'a', Person: {Address: nothing}}", MISSING),
    ("choice", "{Died: death.died_on}", {"Died": "2026-01-31"}),
    ("choice", "{Moved: '2026-02-01', Note: 'n'}", {"Moved": "2026-02-01", "Note": "n"}),
    ("choice", "{Note: 'n'}", UNFIT),
    ("choice", "{Died: 'soon'}", UNFIT),
    ("repeated choice", "{_value_1: [{Phone: '1'}, {Mail: 'm'}, {Phone: '2'}]}", {"Phone": ["1", "2"], "Mail": "m"}),
    ("repeated choice", "{_value_1: {Mail: 'm'}}", {"Mail": "m"}),
    ("repeated choice", "{Mail: 'm'}", MISFIT),
    ("nillable", "{Id: 'a', Left: '2026-01-01'}", {"Id": "a", "Left": "2026-01-01"}),
    ("nillable", "{Id: 'a'}", {"Id": "a", "Left": None}),
    ("nillable", "{Id: 'a', Note: {\"@nil\": `true`}}", {"Id": "a", "Left": None, "Note": None}),
    ("enumeration", "{Id: 'a', Sex: code(subject.sex, {female: 'F', male: 'M'})}", {"Id": "a", "Sex": "F"}),
    ("enumeration", "{Id: 'a'}", MISSING),
    ("enumeration", "{Id: 'a', Sex: 'X'}", UNFIT),
    ("all", "{Note: 'n', Id: 'a'}", {"Id": "a", "Note": "n"}),
    ("any", "{Id: 'a'}", {"Id": "a"}),
    ("any", "{Id: 'a', _value_1: [{\"@element\": '{urn:t}Known', What: 'x'}]}", {"Id": "a", "Known": {"What": "x"}}),
    ("any", "{Id: 'a', _value_1: [{\"@element\": '{urn:n}New', \"@n\": '1', Part: ['x', {text: 'y'}]}]}",
     {"Id": "a", "New": {"@n": "1", "Part": ["x", "y"]}}),
    ("any", "{Id: 'a', _value_1: ['text']}", MISFIT),
    ("any", "{Id: 'a', _value_1: [{\"@element\": 'not a name'}]}", VALUE),
    ("attributes", "{Id: 'a', version: '2', n: `3`}", {"@version": "2", "@n": "3", "Id": "a"}),
    ("attributes", "{Id: 'a', version: '2'}", {"@version": "2", "Id": "a"}),
    ("attributes", "{Id: 'a'}", MISSING),
    ("attributes", "{Id: 'a', version: '1', n: 'x'}", UNFIT),
    ("simple content", "{Number: {_value_1: 'AB', scheme: 'nino'}}", {"Number": {"@scheme": "nino", "text": "AB"}}),
    ("simple content", "{Number: [{_value_1: '1', scheme: 'a'}, {_value_1: '2', scheme: 'b'}]}",
     {"Number": [{"@scheme": "a", "text": "1"}, {"@scheme": "b", "text": "2"}]}),
    ("simple content", "{Number: {_value_1: 'AB'}}", MISSING),
    ("extension", "{Event: {On: '2026-01-01'}}", {"Event": {"On": "2026-01-01"}}),
    ("extension", "{Event: {\"@type\": '{urn:t}Death', On: '2026-01-01', Place: 'p'}}",
     {"Event": {"On": "2026-01-01", "Place": "p"}}),
    ("extension", "{Event: [{On: '2026-01-01'}, {\"@type\": '{urn:t}Death', On: '2026-01-02'}]}",
     {"Event": [{"On": "2026-01-01"}, {"On": "2026-01-02"}]}),
    ("extension", "{Event: {\"@type\": '{urn:t}Birth', On: '2026-01-01'}}", MISFIT),
    ("extension", "{Event: {\"@type\": '{urn:x}Death', On: '2026-01-01'}}", MISFIT),
    ("substitution", "{Event: {\"@instead\": '{urn:t}Death', On: '2026-01-01', Place: 'p'}}",
     {"Death": {"On": "2026-01-01", "Place": "p"}}),
    ("substitution",
     "{Event: [{\"@instead\": '{urn:t}Move', On: '2026-01-01'}, {\"@instead\": '{urn:t}Death', On: '2026-01-02'}]}",
     {"Move": {"On": "2026-01-01"}, "Death": {"On": "2026-01-02"}}),
    ("substitution", "{Event: {\"@instead\": '{urn:t}Birth', On: '2026-01-01'}}", MISFIT),
    ("imported", "{Name: {Given: subject.name.given, Family: 'b'}}", {"Name": {"Given": HER, "Family": "b"}}),
    ("imported", "{Name: {Given: ['a']}}", MISSING),
    ("imported from a folder", "{Name: {Family: 'b'}, Note: 'n'}", {"Name": {"Family": "b"}, "Note": "n"}),
    ("groups", "{Id: 'a', Surname: 'b', Note: 'n', version: '1'}",
     {"@version": "1", "Id": "a", "Surname": "b", "Note": "n"}),
    ("groups", "{Id: 'a'}", {"Id": "a"}),
    ("types", "{Day: '2026-01-31', Count: `7`, Known: `true`}", {"Day": "2026-01-31", "Count": "7", "Known": "true"}),
    ("types", "{At: message.reported_at, Year: '1941'}", {"At": "2026-02-01T10:00:00Z", "Year": "1941"}),
    ("types", "{Sum: '12.50', Known: `false`}", {"Sum": "12.50", "Known": "false"}),
    ("types", "{Where: 'https://northmoor.example/'}", {"Where": "https://northmoor.example/"}),
    ("types", "{Count: 'many'}", UNFIT),
    ("types", "{Day: `7`}", MISFIT),
    ("types", "{Day: uk_date(death.died_on)}", UNFIT),
    ("types", "{Known: 'no'}", VALUE),
    ("types", "{Known: `1`}", VALUE),
    ("types", "{Known: '1'}", {"Known": "true"}),
    ("recursive", "{Name: 'a', Child: [{Name: 'b', Child: {Name: 'c'}}, {Name: 'd'}]}",
     {"Name": "a", "Child": [{"Name": "b", "Child": {"Name": "c"}}, {"Name": "d"}]}),
    ("header blocks", "{Id: 'a'}", {"Id": "a"}),
]  # fmt: skip


@pytest.mark.parametrize(("style", "mapping", "expected"), SAID, ids=[f"{row[0]}: {row[1]}" for row in SAID])
def test_a_mapping_says_what_it_should_in_every_shape(style: str, mapping: str, expected: Any) -> None:
    place = STYLES[style].endpoint(mapping)
    if isinstance(expected, tuple):
        kind, code = expected
        with pytest.raises(Failure) as failed:
            soap.encode(message(), place)
        assert (type(failed.value), failed.value.code) == (kind, code)
        return
    root = etree.fromstring(soap.encode(message(), place).body)
    said = root[-1][0]
    assert envelopes.plain(said) == expected
    if "rpc" not in style:
        STYLES[style].validator.assertValid(said)
    if style not in UNREADABLE_TO_ZEEP:
        assert wsdls.operation(place, options.read(Options, place).wanted).built.input.deserialize(root) is not None


# zeep writes these, by way of `adapters/arguments.py`, and has no reading of them, or of an empty element.
UNREADABLE_TO_ZEEP = {"substitution", "rpc", "bare, simple"}


def test_there_are_enough_examples() -> None:
    assert len(SAID) + len(READ) >= 60
    assert len({row[0] for row in SAID}) >= 12
    assert {row[0] for row in SAID} == set(STYLES)


def test_a_derived_type_is_named_and_nothing_of_ours_is_left() -> None:
    """XML Schema part 1, 2.6.1 and 3.3.6."""
    named = STYLES["extension"].endpoint("{Event: {\"@type\": '{urn:t}Death', On: '2026-01-01'}}")
    assert b':type="' in soap.encode(message(), named).body
    instead = STYLES["substitution"].endpoint("{Event: {\"@instead\": '{urn:t}Death', On: '2026-01-01'}}")
    said = soap.encode(message(), instead).body
    assert b"tell-us-once" not in said
    assert said == soap.encode(message(), replace(instead)).body


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("{sender: {Code: 'TUO', Case: message.reference}}", {"Code": "TUO", "Case": "TUO-7Q4-K2M"}),
        ("{sender: {Code: 'TUO'}}", {"Code": "TUO"}),
        ("{sender: message.id == 'x' || `null`}", None),
        ("{sender: {Case: 'x'}}", MISSING),
        ("{receiver: {Code: 'x'}}", MISFIT),
    ],
)
def test_header_blocks_are_filled_by_a_mapping_of_their_own(headers: str, expected: Any) -> None:
    """SOAP 1.1, 4.2; WSDL 1.1, 3.7."""
    place = STYLES["header blocks"].endpoint("{Id: 'a'}", headers=headers)
    if isinstance(expected, tuple):
        with pytest.raises(expected[0], match=expected[1]):
            soap.encode(message(), place)
        return
    header = etree.fromstring(soap.encode(message(), place).body).find("{*}Header")
    assert (None if header is None else envelopes.plain(header[0])) == expected
    assert soap.fields_needed(place) == frozenset()


def test_fields_of_header_blocks_are_needed_too() -> None:
    place = STYLES["header blocks"].endpoint("{Id: death.died_on}", headers="{sender: {Code: subject.sex}}")
    assert soap.fields_needed(place) == {"death.died_on", "subject.sex"}


XSI = 'xmlns:x="http://www.w3.org/2001/XMLSchema-instance"'
# What stands in the reply's element, the expression, and what it makes of it.
READ: list[tuple[str, str, Any]] = [
    ("<Number>7</Number>", "Number", "7"),
    ("<Number> 7\n</Number>", "Number", "7"),
    ("<Number/>", "Number", ""),
    ("<Other/>", "Number", ""),
    (f'<Number {XSI} x:nil="true"/>', "Number == `null` && 'nil'", "nil"),
    ("<Case><Number>7</Number></Case>", "Case.Number", "7"),
    ("<Number>7</Number><Number>8</Number>", "Number[1]", "8"),
    ('<Number scheme="a">7</Number>', "Number.text", "7"),
    ('<Number scheme="a">7</Number>', 'Number."@scheme"', "a"),
    (f'<Event {XSI} x:type="Death"><On>2026</On></Event>', "Event.On", "2026"),
    ('<n:Number xmlns:n="urn:n">7</n:Number>', "Number", "7"),
    ('<Number xmlns="">7</Number>', "Number", "7"),
    ("<Number><![CDATA[<7>]]></Number>", "Number", "<7>"),
    ("<Number>&#x37;</Number>", "Number", "7"),
    ("<Number>7</Number><Result>ok</Result>", "join_names(Result, Number)", "ok 7"),
    ("<Case><Number>7</Number></Case><Case><Number>8</Number></Case>", "Case[?Number=='8'].Number | [0]", "8"),
    ("<a><b><c><d>7</d></c></b></a>", "a.b.c.d", "7"),
    ("just text", "@", "just text"),
]  # fmt: skip


@pytest.mark.parametrize(("inner", "expression", "expected"), READ, ids=[f"{row[1]} of {row[0]}" for row in READ])
def test_a_reply_of_every_shape_is_read_by_its_mapping(inner: str, expression: str, expected: Any) -> None:
    reply = f"{{outcome: 'received', their_reference: body.{expression}}}".replace("body.@", "body")
    if expression.startswith("join_names"):
        reply = "body | {outcome: 'received', their_reference: " + expression + "}"
    place = soap_endpoint(reply=reply.replace("body.Number ==", "body.Number =="))
    receipt = soap.decode(response(200, envelope(f'<TellResponse xmlns="urn:t">{inner}</TellResponse>')), place)
    assert receipt.answer is not None
    assert receipt.answer.their_reference == expected


# Schemas that the judge cannot read, or that stand in several parts.


def test_what_the_schema_does_not_allow_goes_where_the_settings_say_so() -> None:
    mapping = "{Id: 'a', Sex: 'X'}"
    with pytest.raises(Refused, match="schema-misfit"):
        soap.encode(message(), STYLES["enumeration"].endpoint(mapping))
    assert b"X" in soap.encode(message(), STYLES["enumeration"].endpoint(mapping, validates=False)).body


def test_a_schema_that_cannot_be_read_for_it_judges_nothing() -> None:
    facet = '<xs:restriction base="xs:string"><xs:pattern value="["/></xs:restriction>'
    broken = f'<xs:simpleType name="B">{facet}</xs:simpleType>'
    style = replace(STYLES["enumeration"], types=STYLES["enumeration"].types + broken)
    place = style.endpoint("{Id: 'a', Sex: 'X'}")
    assert wsdls.operation(place, options.read(Options, place).wanted).schema is None
    assert b"X" in soap.encode(message(), place).body


@pytest.mark.parametrize("sex", ["F", "X"])
def test_schemas_of_one_namespace_in_several_parts_judge_together(sex: str) -> None:
    whole = STYLES["enumeration"].documents["a.wsdl"].decode()
    parted = whole.replace("</xs:schema>", "</xs:schema>" + schema(element(simple("Other"), name="Other")), 1)
    wanted = {"wsdl": "a.wsdl", "operation": "Tell", "mapping": f"{{Id: 'a', Sex: '{sex}'}}"}
    place = endpoint("soap", wanted, {"a.wsdl": parted.encode()})
    if sex == "F":
        assert b">F<" in soap.encode(message(), place).body
    else:
        with pytest.raises(Refused, match="schema-misfit"):
            soap.encode(message(), place)
