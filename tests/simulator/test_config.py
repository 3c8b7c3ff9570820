"""What can be written in the file, and what is said of what cannot."""

from pathlib import Path
from typing import Any

import pytest

from adapters.simulator import config, doors
from adapters.simulator.config import ConfigError, Simulator
from tests.simulator import soap_peers
from tests.simulator.peers import CLIENTS
from tests.simulator.soap_peers import REVENUES

WHOLE: dict[str, Any] = {
    "books": "books.jsonl",
    "service": {"url": "http://127.0.0.1:1", "token_url": "http://127.0.0.1:1/token"},
    "clients": CLIENTS,
    "recipients": [{"name": "tax", "style": "rest", "client": "northmoor"}, *soap_peers.ALL],
}
TAX = {"name": "tax", "style": "rest"}
PUSHED = {"style": "security-events", "events": {"issuer": "urn:a", "audience": "urn:b"}}


def test_what_is_written_is_read_back_the_same_and_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "simulator.yaml"
    steps = [{"fail_first": 2}, {"refuse": 422}, {"drop": True}, {"hostile": "huge"}, {"answer": "acted"}]
    confirm = {"confirm": {"outcome": "acted", "actions": [{"code": "account_closed", "on": "today"}]}}
    recipient = {**WHOLE["recipients"][0], "behaviour": [*steps, confirm]}
    simulator = Simulator.model_validate({**WHOLE, "recipients": [recipient]})

    config.write(simulator, path)

    assert config.load(path) == simulator
    assert path.stat().st_mode & 0o077 == 0


def test_secrets_are_not_printed() -> None:
    assert "northmoor-secret" not in repr(Simulator.model_validate(WHOLE))


@pytest.mark.parametrize(
    ("recipient", "said"),
    [
        ({**TAX, "behavour": []}, "behavour"),
        ({**TAX, "name": "Council Tax"}, "name"),
        ({**TAX, "style": "fax"}, "style"),
        ({**TAX, "behaviour": [{"delay_s": 1, "drop": True}]}, "exactly one of"),
        ({**TAX, "behaviour": [{}]}, "exactly one of"),
        ({**TAX, "behaviour": [{"drop": None}]}, "exactly one of"),
        ({**TAX, "behaviour": [{"answer": {"outcome": "done"}}]}, "one of acted"),
        ({**TAX, "behaviour": [{"answer": {"outcome": "acted", "actions": [{"code": "x"}]}}]}, "one of account_closed"),
        ({**TAX, "behaviour": [{"answer": "acted"}, {"not_known": True}]}, "answer once"),
        ({**TAX, "behaviour": [{"fail_first": {"status": 503}}]}, "how many times"),
        ({**TAX, "behaviour": [{"refuse": {"times": 1}}]}, "a status or a fault"),
        ({**TAX, "behaviour": [{"refuse": {"fault": "client"}}]}, "only soap has faults"),
        ({**TAX, "behaviour": [{"confirm": {"outcome": "acted"}}]}, "needs a client"),
        ({**TAX, "style": "inbox"}, "needs a client"),
        (
            {**TAX, "style": "inbox", "client": "northmoor", "behaviour": [{"drop": True}]},
            "inbox only does these: answer, confirm, delay_s",
        ),
        ({**TAX, "style": "security-events"}, "events go with their styles alone"),
        ({**TAX, "events": {"issuer": "urn:a", "audience": "urn:b"}}, "events go with their styles alone"),
        ({**TAX, **PUSHED, "style": "security-event-poll"}, "needs a client"),
        ({**TAX, **PUSHED, "behaviour": [{"answer": "acted"}]}, "security-events only does these"),
        ({**TAX, "client": "elsewhere"}, "no such client: elsewhere"),
        ({**TAX, "style": "soap"}, "soap settings go with style soap"),
        ({**REVENUES, "replies": {}}, "replies.taken"),
        ({**REVENUES, "style": "rest"}, "soap settings go with style soap"),
    ],
)
def test_a_recipient_that_makes_no_sense_is_refused_with_a_remedy(recipient: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Simulator.model_validate({**WHOLE, "recipients": [recipient]})


def test_two_recipients_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="named twice: tax"):
        Simulator.model_validate({**WHOLE, "recipients": [TAX, TAX]})


@pytest.mark.parametrize("recipients", [WHOLE["recipients"], [{**TAX, **PUSHED}]])
def test_a_client_or_a_published_key_needs_a_service(recipients: Any) -> None:
    with pytest.raises(ValueError, match="need a service"):
        Simulator.model_validate({**WHOLE, "service": None, "recipients": recipients})


def test_a_file_that_does_not_fit_is_said_so_line_by_line_without_its_values(tmp_path: Path) -> None:
    path = tmp_path / "simulator.yaml"
    path.write_text("books: b\nport: seventy\nrecipients: [{name: tax, style: fax}]\n")

    with pytest.raises(ConfigError) as caught:
        config.load(path)

    lines = str(caught.value).splitlines()
    assert [line.split(": ")[:2] for line in lines] == [[str(path), "port"], [str(path), "recipients.0.style"]]
    assert "seventy" not in str(caught.value)


def test_a_file_that_is_no_yaml_is_said_so_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "simulator.yaml"
    path.write_text("books: b\nport: [\n")

    with pytest.raises(ConfigError, match=r"not YAML, line 3\."):
        config.load(path)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"soap": {**REVENUES["soap"], "wsdl": Path("none.wsdl")}}, "cannot be read"),
        ({"soap": {**REVENUES["soap"], "wsdl": Path(__file__)}}, "cannot be read"),
        ({"soap": {**REVENUES["soap"], "port": "Other"}}, "offers RevenuesService/RevenuesPort"),
        ({"soap": {**REVENUES["soap"], "operations": ["Other"]}}, "has operations NotifyDeath, NotifyMove"),
        ({"replies": {"taken": {"Result": "Accepted"}}}, "replies do not fit the output of NotifyDeath"),
        ({"replies": {"taken": {"Resultat": "Accepted"}}}, "replies do not fit the output of NotifyDeath"),
    ],
)
def test_what_does_not_fit_the_wsdl_is_said_before_anything_is_played(changes: dict[str, Any], said: str) -> None:
    simulator = Simulator.model_validate({**WHOLE, "recipients": [{**REVENUES, **changes}]})

    with pytest.raises(ConfigError, match=said):
        doors.desk(simulator.recipients[0])


def test_a_schema_that_cannot_be_used_is_said_too(tmp_path: Path) -> None:
    wsdl = tmp_path / "lone.wsdl"
    wsdl.write_bytes(Path(REVENUES["soap"]["wsdl"]).read_bytes().replace(b'base="t:Person"', b'base="t:Nobody"'))
    (tmp_path / "tallystone-types.xsd").write_bytes(
        (Path(REVENUES["soap"]["wsdl"]).parent / "tallystone-types.xsd").read_bytes()
    )
    recipient = {**REVENUES, "soap": {**REVENUES["soap"], "wsdl": wsdl}}

    with pytest.raises(ConfigError, match="lone"):
        doors.desk(Simulator.model_validate({**WHOLE, "recipients": [recipient]}).recipients[0])
