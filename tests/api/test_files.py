"""Recipients that load files: what waits as one file, and what was done in another, each counted once."""

import csv
import io
import uuid
from typing import Any

import pyrage
import pytest

from tellusonce.models import Confirmation, Delivery, Recipient
from tests import factories
from tests.callers import Caller
from tests.web.desks import Desk

pytestmark = pytest.mark.django_db
ELECTORAL = "northmoor-electoral"
FILE: dict[str, Any] = {
    "format": "csv",
    "columns": ["surname", "died"],
    "mapping": "{surname: subject.name.family, died: uk_date(death.died_on)}",
}
GRANTS = ("subject.name.family", "death.died_on")


def fetches(**file: Any) -> Recipient:
    route = {"adapter": "inbox", "settings": {"file": {**FILE, **file}}}
    return factories.recipient("register", organisation=ELECTORAL, route=route, grants=GRANTS)


@pytest.fixture
def electoral() -> Caller:
    fetches()
    return Caller(ELECTORAL)


def taken(caller: Caller, **query: Any) -> Any:
    return caller.get("/inbox/file", recipient="register", **query)


def rows(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200, answer.content
    return list(csv.reader(io.StringIO(answer.content.decode())))


def sent_back(caller: Caller, content: str, key: str = "") -> Any:
    return caller.call("POST", "/confirmations/file", content.encode(), key=key or uuid.uuid4().hex, media="text/csv")


def test_a_file_holds_what_waits_and_then_nothing_waits(electoral: Caller) -> None:
    factories.submitted()
    delivery = Delivery.objects.get()
    answer = taken(electoral)
    assert rows(answer) == [["message", "surname", "died"], [str(delivery.pk), "Quillfeather", "30/10/2026"]]
    assert answer["Content-Disposition"] == 'attachment; filename="register.csv"'
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("sent", 1)
    assert taken(electoral).status_code == 204
    assert len(rows(taken(electoral, state="sent"))) == 2, "a file that was lost is had again"


def test_another_organisation_and_another_name_find_no_file(electoral: Caller) -> None:
    factories.submitted()
    stranger = Caller("southmoor")
    assert taken(stranger).status_code == 404
    assert electoral.get("/inbox/file", recipient="nobody").status_code == 404
    assert Delivery.objects.get().tries == 0


def test_a_file_is_encrypted_where_its_recipient_has_a_key() -> None:
    theirs = pyrage.x25519.Identity.generate()
    fetches(encrypt_to=str(theirs.to_public()))
    factories.submitted()
    answer = taken(Caller(ELECTORAL))
    assert answer["Content-Type"] == "application/age"
    assert b"Quillfeather" not in answer.content
    assert b"Quillfeather" in pyrage.decrypt(answer.content, [theirs])


def test_what_does_not_fit_has_failed_and_holds_up_nothing(electoral: Caller) -> None:
    factories.submitted()
    recipient = Recipient.objects.get(slug="register")
    factories.route(
        recipient, address="", adapter="inbox", settings={"file": {**FILE, "mapping": "{surname: subject.name}"}}
    )
    assert taken(electoral).status_code == 204
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason, delivery.tries) == ("failed", "row-misfit", 0)


def test_a_file_of_answers_is_taken_line_by_line_and_once(electoral: Caller) -> None:
    factories.submitted()
    message = rows(taken(electoral))[1][0]
    file = f"message,outcome,actions\n{message},acted,name_removed\n{uuid.uuid4()},no_match\n{message},gone\n"
    said = sent_back(electoral, file).json()
    assert (said["taken"], said["known"]) == (1, 0)
    assert [(each["line"], each["why"][:22]) for each in said["refused"]] == [
        (3, "There is no message wi"),
        (4, "`outcome` has to be on"),
    ]
    again = sent_back(electoral, file).json()
    assert (again["taken"], again["known"]) == (0, 1), "the mended file may hold what was taken before"
    confirmation = Confirmation.objects.get()
    assert (confirmation.outcome, confirmation.came_by) == ("acted", "file")
    assert Delivery.objects.get().state == "closed"


def test_the_same_key_gives_the_same_answer(electoral: Caller) -> None:
    factories.submitted()
    message = rows(taken(electoral))[1][0]
    first = sent_back(electoral, f"message,outcome\n{message},no_match\n", "key-1")
    assert sent_back(electoral, f"message,outcome\n{message},no_match\n", "key-1").json() == first.json()
    assert sent_back(electoral, f"message,outcome\n{message},received\n", "key-1").status_code == 409


def test_what_is_no_file_of_answers_is_a_problem_with_a_remedy(electoral: Caller) -> None:
    answer = sent_back(electoral, "what,ever\n")
    assert answer.status_code == 422
    assert "`message` is missing" in answer.json()["detail"]
    assert electoral.call("POST", "/confirmations/file", b"{}", key="k").status_code == 415


def test_an_officer_takes_the_file_and_sends_one_back_by_pages(electoral: Caller) -> None:
    factories.submitted()
    officer = Desk("recipient-officer", ELECTORAL)
    assert "Service" in officer.read("inbox-files")
    assert Delivery.objects.get().tries == 0, "a look takes nothing"
    file = officer.send("inbox-files", {"recipient": "register", "state": "available"})
    message = rows(file)[1][0]
    assert (
        "no such messages"
        in officer.send("inbox-files", {"recipient": "register", "state": "available"}).content.decode()
    )
    upload = io.BytesIO(f"message,outcome\n{message},no_match\nnonsense,no_match\n".encode())
    upload.name = "answers.csv"
    page = officer.send("inbox-file-answers", {"file": upload})
    assert page.status_code == 422
    assert "1 answer was taken" in page.content.decode()
    assert "Line 3" in page.content.decode()
    assert Confirmation.objects.get().came_by == "file"
    assert officer.send("inbox-file-answers", {}).status_code == 422
    stranger = Desk("recipient-officer", "southmoor")
    assert "None of your services takes files" in stranger.read("inbox-files")
    assert stranger.send("inbox-files", {"recipient": "register"}).status_code == 404
