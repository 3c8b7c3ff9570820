"""Each write is done once under its key, however often and however many at once send it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from identity.models import Access
from tellusonce.models import Delivery, Report, WriteKey
from tests import factories
from tests.callers import Caller

DEATH = {"kind": "death"}


@pytest.mark.django_db
def test_the_same_again_gets_the_same_answer_and_writes_nothing() -> None:
    registrar = Caller()
    first = registrar.post("/reports", DEATH, key="one")
    again = registrar.call("POST", "/reports", b'{ "kind" : "death" }', key="one")
    assert (again.status_code, again.json()) == (201, first.json())
    assert Report.objects.count() == 1
    assert Access.objects.filter(action="report_started").count() == 1


@pytest.mark.django_db
def test_the_same_key_for_something_else_is_409() -> None:
    registrar = Caller()
    report = registrar.post("/reports", DEATH, key="one").json()
    assert registrar.post("/reports", {"kind": "move"}, key="one").status_code == 409
    response = registrar.patch(f"/reports/{report['id']}/answers", DEATH, key="one")
    assert response.json()["type"] == "urn:tell-us-once:problem:idempotency-key-reused"
    assert Report.objects.count() == 1


@pytest.mark.django_db
def test_a_key_is_its_clients_own() -> None:
    ids = {
        Caller(organisation).post("/reports", DEATH, key="one").json()["id"]
        for organisation in ("east", "east", "west")
    }
    assert len(ids) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "with space", "ü", "k" * 256])
def test_a_write_without_a_usable_key_is_400(key: str) -> None:
    response = Caller().call("POST", "/reports", DEATH, key=key)
    assert response.status_code == 400
    assert "Idempotency-Key" in response.json()["detail"]
    assert not Report.objects.exists()


@pytest.mark.django_db
def test_what_was_refused_leaves_its_key_free() -> None:
    registrar = Caller()
    report = factories.started(told={})
    path = f"/reports/{report.pk}/submission"
    assert registrar.post(path, {}, key="one").status_code == 422
    assert not WriteKey.objects.exists()
    registrar.patch(f"/reports/{report.pk}/answers", factories.TOLD)
    assert registrar.post(path, {}, key="one").status_code == 201


@pytest.mark.django_db
def test_what_is_kept_of_a_write_holds_nothing_personal() -> None:
    registrar = Caller()
    registrar.post("/reports", DEATH | {"answers": factories.TOLD}, key="one")
    kept = WriteKey.objects.get()
    assert "Quillfeather" not in str(kept.answer)
    assert b"Quillfeather" not in bytes(kept.request_digest)
    assert len(kept.request_digest) == 32


@pytest.mark.django_db
def test_a_key_without_the_answer_of_its_write_is_never_left() -> None:
    Caller().post("/reports", DEATH, key="one")
    assert WriteKey.objects.get().status == 201


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("keys", [["one"] * 50, [f"key-{number}" for number in range(20)]])
def test_many_submissions_at_once_submit_once(keys: list[str]) -> None:
    factories.recipient()
    registrar, report = Caller(), factories.started()
    gate = threading.Barrier(len(keys), timeout=60)

    def submit(key: str) -> Any:
        try:
            gate.wait()
            return registrar.post(f"/reports/{report.pk}/submission", {}, key=key)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(keys)) as pool:
        answers = list(pool.map(submit, keys))
    assert Delivery.objects.count() == 1
    done = [answer.json() for answer in answers if answer.status_code == 201]
    refused = [answer.status_code for answer in answers if answer.status_code != 201]
    if len(set(keys)) == 1:
        assert (done, refused) == ([done[0]] * 50, [])
    else:
        assert (len(done), refused) == (1, [409] * 19)
