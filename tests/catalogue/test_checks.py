"""What is wrong is said with its line and its remedy, and all at once."""

import datetime as dt
from pathlib import Path

import pytest

from adapters import systems
from tellusonce.catalogue import checks
from tellusonce.catalogue.faults import Faulty
from tests.catalogue import examples
from tests.catalogue.examples import altered, complaints

WSDL = Path(__file__).parents[2] / "deploy/demo/wsdl/rollcall-electors.wsdl"


def test_a_catalogue_in_order_has_nothing_to_say(tmp_path: Path) -> None:
    assert complaints(tmp_path, examples.CATALOGUE) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: Moor County}", "name: Moor County, nme: x}", "moor.yaml:2: unknown key `nme`; did you mean `name`?"),
        ("parent: moor,", "parent: more,", "moor.yaml:3: there is no area `more`; did you mean `moor`?"),
        ("parent: moor,", "parent: moor-east,", "moor.yaml:3: the area `moor-east` lies within itself; give it"),
        ("[ZX1, ZX2 3]", "[zx1]", "moor.yaml:3: `postcodes.0` is 'zx1'; write a beginning such as ZX1"),
        ("[ZX1, ZX2 3]", "[ZX1, ZX1]", "moor.yaml:3: postcodes `ZX1` are already claimed at moor.yaml:3; name the"),
        ("slug: fund\n", "slug: moor-council\n", "moor.yaml:7: `moor-council` is already given at moor.yaml:5; rename"),
        ("name: Pension Fund", "name: 7", "moor.yaml:8: `name`: should be a valid string; put it in quotes"),
        ("organisation: fund", "organisation: funt", "there is no organisation `funt`; did you mean `fund`?"),
        ("serves: [moor]", "serves: [moor, moon]", "moor.yaml:13: there is no area `moon`; did you mean `moor`?"),
        ("    owner: Librarian\n", "", "moor.yaml:10: `owner` is missing; add it: Who deals with it when it is silent"),
        ("confirm_within_days: 10", "confirm_within_days: soon", "moor.yaml:15: `confirm_within_days`: should be"),
        ("until: 2027-03-31}", "until: 31/3/2027}", "moor.yaml:16: `assurance.until`: "),
        (
            "    route: {adapter: inbox}",
            '    opening_hours: {from: "18:00", until: "08:00"}\n    route: {adapter: inbox}',
            "moor.yaml:28: `opening_hours`: `until` is not later than `from`; put them the right way round",
        ),
        (
            "    route: {adapter: inbox}",
            '    opening_hours: {from: 8am, until: "08:00"}\n    route: {adapter: inbox}',
            """moor.yaml:28: `opening_hours.from` is '8am'; write it as "08:00\"""",
        ),
        ("adapter: rest", "adapter: rset", "moor.yaml:18: there is no adapter `rset`; did you mean `rest`?"),
        ("adapter: rest", "adapter: inbox", "moor.yaml:19: an inbox has no `address`: its recipient comes"),
        (
            "adapter: rest",
            "adapter: security-event-poll",
            "moor.yaml:19: a recipient that fetches has no `address`; take it out, or name another adapter",
        ),
        (
            "{adapter: inbox}",
            "{adapter: security-event-poll, settings: {issuer: Moor, audience: 'urn:fund'}}",
            "moor.yaml:28: `issuer` is not as it should be; it has to fit",
        ),
        (
            "{adapter: inbox}",
            "{adapter: security-event-poll, settings: {issuer: 'urn:moor', audience: 'urn:fund'}}",
            "`fund-death` does not grant what the mapping of `payroll` needs: `registration.number`; grant it",
        ),
        ("{simulator}/", "{simulater}/", "moor.yaml:19: `{simulater}` is not known here; give it by --set simulater="),
        ('"{simulator}/rest/libraries"', "libraries", "moor.yaml:19: `libraries` is no address; give one that begins"),
        ('"{simulator}/rest/libraries"', "'http://['", "moor.yaml:19: `http://[` is no address; give one such as"),
        ('address: "{simulator}/rest/libraries"', "documents: []", "moor.yaml:17: `address` is missing; give one that"),
        ("mapping: ", "maping: ", "moor.yaml:21: unknown key `maping`; did you mean `mapping`?"),
        ("subject.name)", "subject.name", "moor.yaml:21: `mapping`: the mapping is not JMESPath: it goes wrong at"),
        ("full_name(", "fulname(", "moor.yaml:21: `mapping`: there is no function fulname(); besides JMESPath's own"),
        ("death.died_on}", "death.died}", "moor.yaml:20: the mapping of `libraries` reads what `death` has not: "),
        ("slug: libraries-death", "slug: Libraries", "moor.yaml:30: `slug` is 'Libraries'; use small letters, digits"),
        ("recipient: libraries\n", "recipient: library\n", "moor.yaml:32: there is no recipient `library`; did you"),
        ("recipient: libraries\n", "recipient: payroll\n", "moor.yaml:32: `payroll` belongs to `fund`, not to `moor-c"),
        ("kind: death", "kind: deth", "moor.yaml:33: there is no kind of life event `deth`; did you mean `death`?"),
        ("kind: death", "kind: xyz", "moor.yaml:33: there is no kind of life event `xyz`; use one of `birth`, `dea"),
        (
            "kind: death\n    fields: [subject.name, pensions]",
            "kind: move\n    fields: [subject.name, others.name.family]",
            "`fund-death` grants what is there to invite another adult, and for nobody else: `others.name.family`",
        ),
        ("death.died_on]", "death.dide_on]", "moor.yaml:34: `death` has no field `death.dide_on`; did you mean "),
        ("death.died_on]", "xyz]", "moor.yaml:34: `death` has no field `xyz`; docs/fields.md lists them all"),
        (
            "[subject.name, death.died_on]",
            "[subject.name.family, death.died_on]",
            "`libraries-death` does not grant what the mapping of `libraries` needs: `subject.name.given`; grant it",
        ),
        (
            "death.died_on]",
            "death]",
            "moor.yaml:34: `libraries-death` grants sensitive fields without an Article 9 condition: `death.was_in_ho",
        ),
        ("public_task", "fun", "moor.yaml:35: `lawful_basis` is 'fun'; use 'consent', 'contract', 'legal_obligation',"),
        ("{from: 2025-04-01}", "{until: 2027-01-01}", "moor.yaml:36: `in_force.from` is missing; add it: The first"),
        ("until: 2027-04-01", "until: 2025-03-01", "moor.yaml:43: `in_force`: `until` is before `from`; put them the"),
        ("until: 2027-04-01", "until: 2026-11-21", "moor.yaml:43: the agreement `fund-death` expired on 2026-11-21; "),
        (
            "lawful_basis: contract",
            "lawful_basis: contract\n    tells_from_registration: true",
            "moor.yaml:43: nobody can be told from the registration alone on the basis of `contract`; only",
        ),
    ],
)  # fmt: skip
def test_each_fault_has_its_line_and_its_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = complaints(tmp_path, altered((old, new)))
    assert any(said in line for line in found), "\n".join(found)


SETTINGS = '        mapping: "{who: full_name(subject.name), died: death.died_on}"'
OAUTH = "auth: {kind: oauth2, token_url: 'https://login.example/token', client_id: us, secret: s"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            "tls: {certificate: ours}",
            "moor.yaml:21: `tls`: a certificate is nothing without its key; give `certificate` ",
        ),
        ("tls: {}", "moor.yaml:21: `tls`: says nothing; give `certificate` and `key`, `authority`, or all three"),
        (
            "tls: {authority: theirs, verify: no}",
            "moor.yaml:21: unknown key `tls.verify`; use one of `authority`, `cert",
        ),
        ("tls: {authority: theirs}", "moor.yaml:21: the address does not begin with https://, and `tls` goes with not"),
        ("auth: {kind: oath}", "moor.yaml:21: `auth` is of no kind that is known; use 'bearer', 'basic'"),
        (
            f"{OAUTH}, method: magic}}",
            "moor.yaml:21: `auth.method` is not as it should be; use 'client_secret_basic', ",
        ),
        (f"{OAUTH}, key_id: k}}", "moor.yaml:21: `auth`: has a `key_id` and no key; take it out, or let `method`"),
        (
            f"{OAUTH}, scope: 'a  b'}}",
            "moor.yaml:21: `auth.scope` is not as it should be; write words with a space bet",
        ),
        (
            "auth: {kind: oauth2, token_url: x, client_id: us, secret: s}",
            "moor.yaml:21: `auth.token_url`: is no address; ",
        ),
        (
            "auth: {kind: oauth2, token_url: 'https://us:word@login.example', client_id: us, secret: s}",
            "moor.yaml:21: `auth.token_url`: has a user or a password in it; take them out",
        ),
        (
            "auth: {kind: oauth2, token_url: '{nowhere}/token', client_id: us, secret: s}",
            "moor.yaml:21: `{nowhere}` is not known here; give it by --set nowhere=VALUE",
        ),
        ("auth: {kind: oauth2, client_id: us, secret: s}", "moor.yaml:21: `auth.token_url` is missing; add it: Where"),
        ("signing: []", "moor.yaml:21: `signing`: tuple should have at least 1 item"),
        ("signing: [{secret: a, until: 2026-01-01, from: 2026-02-01}]", "`until` is before `from`; put them the right"),
        (
            "signing: [{secret: a, until: 2026-11-21}, {secret: b, from: 2026-11-23}]",
            "moor.yaml:21: no secret signs for `libraries` on 2026-11-22, and without one nothing is sent; give one",
        ),
        (
            "signing: [{secret: a, form: 2026-02-01}]",
            "moor.yaml:21: unknown key `signing.0.form`; did you mean `from`?",
        ),
    ],
)
def test_each_fault_in_how_a_recipient_is_reached_has_its_line_and_its_remedy(
    tmp_path: Path, settings: str, said: str
) -> None:
    found = complaints(tmp_path, altered((SETTINGS, f"        {settings}")))
    assert any(said in line for line in found), "\n".join(found)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://us:word@moor.example/in", "has a user or a password in it; take them out and name a secret"),
        ("https://2130706433/in", "is no address; give one such as https://host.example/path"),
        ("https://169.254.169.254/latest", "leads where nothing may go"),
        ("https:///in", "is no address; give one such as"),
        ("https://moor.example/in#part", "is no address; give one such as"),
        ("ftp://moor.example/in", "is no address; give one that begins with https://"),
    ],
)
def test_an_address_that_will_not_do_is_refused(tmp_path: Path, address: str, said: str) -> None:
    (found,) = complaints(tmp_path, altered(('"{simulator}/rest/libraries"', f"'{address}'")))
    assert found.startswith(f"moor.yaml:19: `{address}` {said}")


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    found = complaints(
        tmp_path,
        altered(("parent: moor,", "parent: more,"), ("rest\n", "rset\n"), ("kind: d", "kind: x"), ("F/1", "''")),
    )
    assert [line.split(":")[1] for line in found] == ["3", "18", "33", "44"]


def test_an_agreement_on_its_last_day_still_holds(tmp_path: Path) -> None:
    assert complaints(tmp_path, examples.CATALOGUE, on=dt.date(2027, 3, 31)) == []
    assert "expired on 2027-04-01" in "".join(complaints(tmp_path, examples.CATALOGUE, on=dt.date(2027, 4, 2)))


def test_a_lapsed_assurance_is_a_warning(tmp_path: Path) -> None:
    path = examples.write(tmp_path, altered(("until: 2027-03-31", "until: 2026-11-21")))
    (warning,) = checks.check([path], bases=examples.BASES, on=examples.ON).warnings
    assert warning.is_warning
    assert str(warning).endswith(
        "moor.yaml:16: warning: the assurance of `libraries` lapsed on 2026-11-21; "
        "everything for it is withheld until it is renewed"
    )


def test_a_recipient_without_an_agreement_is_a_warning(tmp_path: Path) -> None:
    text = examples.CATALOGUE.partition("  - slug: fund-death")[0]
    (warning,) = complaints(tmp_path, text)
    assert warning == "moor.yaml:22: warning: `payroll` has no agreement; it is told nothing until it has one"


def test_two_agreements_for_the_same_at_the_same_time_are_refused(tmp_path: Path) -> None:
    again = examples.CATALOGUE.partition("  - slug: fund-death")[2]
    text = examples.CATALOGUE + "  - slug: fund-death-2" + again
    assert "are in force for the same at the same time" in "".join(complaints(tmp_path, text))
    one_after_the_other = text.rpartition("{from: 2025-04-01, until: 2027-04-01}")
    text = one_after_the_other[0] + "{from: 2027-04-02}" + one_after_the_other[2]
    assert complaints(tmp_path, text) == []


def test_a_recipients_own_agreement_counts_before_its_organisations(tmp_path: Path) -> None:
    text = examples.CATALOGUE + (
        "  - slug: council-death\n    organisation: moor-council\n    kind: death\n    fields: [death.died_on]\n"
        "    lawful_basis: public_task\n    in_force: {from: 2025-04-01}\n    document_reference: MC/2\n"
    )
    assert complaints(tmp_path, text) == []
    own = text.replace("    recipient: libraries\n", "    recipient: libraries\n", 1).replace(
        "kind: death", "kind: move", 1
    )
    found = "".join(complaints(tmp_path, own))
    assert "`council-death` does not grant what the mapping of `libraries` needs: `subject.name.family`" in found


def test_one_mapping_may_serve_two_kinds(tmp_path: Path) -> None:
    text = altered(("died: death.died_on}", "died: death.died_on, to: new_address.postcode}")) + (
        "  - slug: libraries-move\n    organisation: moor-council\n    recipient: libraries\n    kind: move\n"
        "    fields: [subject.name]\n    lawful_basis: public_task\n    in_force: {from: 2025-04-01}\n"
        "    document_reference: MC/3\n"
    )
    (said,) = complaints(tmp_path, text)
    assert "`libraries-move` does not grant what the mapping of `libraries` needs: `new_address.postcode`" in said
    assert complaints(tmp_path, text.replace("[subject.name]", "[subject.name, new_address.postcode]")) == []


SOAP = """\
      adapter: soap
      address: "{simulator}/soap/libraries"
      documents: [DOCUMENT]
      settings:
        wsdl: electors.wsdl
        operation: removeElector
        mapping: "{id: message.id}"
"""


def soap(document: str) -> str:
    before, _, rest = examples.CATALOGUE.partition("      adapter: rest\n")
    return before + SOAP.replace("DOCUMENT", document) + "  - slug: payroll" + rest.partition("  - slug: payroll")[2]


@pytest.mark.parametrize(
    ("document", "content", "said"),
    [
        ("electors.wsdl", None, "moor.yaml:20: the file electors.wsdl cannot be read; put it there"),
        ("electors.wsdl", "<wsdl", "moor.yaml:20: electors.wsdl is not XML (line 1); get it from its maker again"),
        ("electors.wsdl", "<wsdl/>", "moor.yaml:21: "),
        ("electors.wsdl", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "moor.yaml:20: electors.wsdl has a document type"),
        (
            "electors.wsdl",
            '<a xmlns:x="http://www.w3.org/2001/XMLSchema"><x:import schemaLocation="types.xsd"/></a>',
            "moor.yaml:20: the file types.xsd, which electors.wsdl imports, cannot be read; put it there",
        ),
        ("other.wsdl", "<a/>", "moor.yaml:21: the document electors.wsdl is missing; add it to the route's documents"),
    ],
)
def test_documents_that_are_no_use_are_refused(tmp_path: Path, document: str, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / document).write_text(content)
    found = complaints(tmp_path, soap(document))
    assert any(line.startswith(said) for line in found), "\n".join(found)


def test_an_operation_that_the_wsdl_does_not_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "electors.wsdl").write_bytes(WSDL.read_bytes())
    assert complaints(tmp_path, soap("electors.wsdl")) == []
    (said,) = complaints(tmp_path, soap("electors.wsdl").replace("removeElector", "remove"))
    assert said == "moor.yaml:21: there is no operation remove; there are moveElector, removeElector"


def test_documents_are_named_as_they_import_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "wsdl"
    folder.mkdir()
    (folder / "electors.wsdl").write_bytes(WSDL.read_bytes())
    (folder / "more.xsd").write_text("<a/>")
    path = examples.write(tmp_path, soap("wsdl/electors.wsdl, wsdl/more.xsd"))
    endpoint = checks.check([path], bases=examples.BASES, on=examples.ON).endpoints["libraries"]
    assert sorted(endpoint.documents) == ["electors.wsdl", "more.xsd"]


def test_a_setting_that_is_at_fault_is_never_quoted(tmp_path: Path) -> None:
    wrong = 'settings:\n        auth: {kind: api-key, secret: s3cret, header: "s3cret header"}'
    found = complaints(tmp_path, altered(("settings:", wrong)))
    assert any("`auth.header`" in line for line in found)
    assert not any("s3cret" in line for line in found)


def test_an_adapter_that_is_broken_is_named_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_done.py").write_text("Options = None\n")
    monkeypatch.setattr(systems, "__path__", [*systems.__path__, str(tmp_path)])
    found = complaints(tmp_path, altered(("adapter: rest", "adapter: half-done")))
    assert any("half_done.py is no adapter: it has no encode" in line for line in found)


def test_placeholders_are_filled_wherever_a_setting_begins_with_one(tmp_path: Path) -> None:
    (tmp_path / "electors.wsdl").write_bytes(WSDL.read_bytes())
    rule = (
        '        faults: [{contains: "{simulator}/gone", means: refused}, {contains: "{other}/gone", means: refused}]\n'
    )
    text = soap("electors.wsdl").replace("        operation:", f"{rule}        operation:")
    assert complaints(tmp_path, text) == ["moor.yaml:23: `{other}` is not known here; give it by --set other=VALUE"]
    path = examples.write(tmp_path, text)
    bases = {**examples.BASES, "other": "x"}
    settings = checks.check([path], bases=bases, on=examples.ON).endpoints["libraries"].settings
    assert [rule["contains"] for rule in settings["faults"]] == ["http://127.0.0.1:9000/gone", "x/gone"]


def test_only_the_beginning_of_a_setting_is_filled(tmp_path: Path) -> None:
    text = altered(("{who: full", "{simulator: full"))
    path = examples.write(tmp_path, text)
    endpoint = checks.check([path], bases=examples.BASES, on=examples.ON).endpoints["libraries"]
    assert endpoint.address == "http://127.0.0.1:9000/rest/libraries"
    assert endpoint.settings["mapping"].startswith("{simulator: full_name")


def test_faults_are_in_the_order_of_the_files(tmp_path: Path) -> None:
    first = examples.write(tmp_path, "areas: 7\nx-free: anything\n", name="a.yaml")
    second = examples.write(tmp_path, "agreemants: []\n", name="b.yaml")
    with pytest.raises(Faulty) as raised:
        checks.check([second, first], bases={}, on=examples.ON)
    assert [fault.place.file for fault in raised.value.faults] == [str(first), str(second)]
