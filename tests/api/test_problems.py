"""Whatever is wrong with a request, the answer is a problem that a clerk understands and that quotes nothing."""

import base64
import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tellusonce import reports
from tests import factories
from tests.callers import SCOPES, Caller

pytestmark = pytest.mark.django_db
TYPED = "Zebedee"
NAIVE = base64.urlsafe_b64encode(b'["2026-11-02", "00000000-0000-0000-0000-000000000000"]').decode()


@pytest.fixture
def registrar() -> Caller:
    return Caller()


def problem(response: Any, *, status: int) -> dict[str, Any]:
    """Check that an answer is a problem in due form, and give it."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(response.content)
    assert found["type"].startswith("urn:tell-us-once:problem:")
    assert found["status"] == status
    assert found["title"]
    assert found["detail"][-1] in ".?;"
    assert TYPED not in response.content.decode()
    return found


def paths(found: dict[str, Any]) -> set[str]:
    return {fault["path"] for fault in found["faults"]}


def test_no_token_is_401_and_says_how_to_bring_one() -> None:
    response = Client().get("/api/v1/reports", secure=True)
    assert "Authorization: Bearer" in problem(response, status=401)["detail"]
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_wrong_token_is_401() -> None:
    response = Client().get("/api/v1/reports", headers={"Authorization": "Bearer nonsense"}, secure=True)
    problem(response, status=401)
    assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_missing_scope_is_403_and_named() -> None:
    response = Caller(scopes=("inbox:read",)).get("/reports")
    assert "reports:read" in problem(response, status=403)["detail"]
    assert 'scope="reports:read"' in response["WWW-Authenticate"]


def test_evidence_at_the_start_needs_its_own_scope() -> None:
    caller = Caller(scopes=("reports:start",))
    body = {"kind": "death", "evidence": {"type": "register-entry", "entry": factories.ENTRY}}
    assert "evidence:record" in problem(caller.post("/reports", body), status=403)["detail"]
    assert caller.post("/reports", {"kind": "death"}).status_code == 201


@pytest.mark.parametrize(
    "path", ["", "/", "/nothing", "/reports/", "/reports/not-an-id", "/deliveries/1/confirmations"]
)
def test_no_such_address_is_404(registrar: Caller, path: str) -> None:
    method = "POST" if path.endswith("confirmations") else "GET"
    body = {"outcome": "received"} if method == "POST" else None
    problem(registrar.call(method, path, body, key="k"), status=404)


def test_a_wrong_method_is_405_and_says_which_are_right(registrar: Caller) -> None:
    response = registrar.call("DELETE", "/reports", key="k")
    problem(response, status=405)
    assert set(response["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_anything_but_json_is_415(registrar: Caller, media: str) -> None:
    found = problem(registrar.call("POST", "/reports", {"kind": "death"}, key="k", media=media), status=415)
    assert "application/json" in found["detail"]


def test_a_merge_patch_may_say_that_it_is_one(registrar: Caller) -> None:
    report = registrar.post("/reports", {"kind": "death"}).json()
    media = "application/merge-patch+json"
    path = f"/reports/{report['id']}/answers"
    assert registrar.call("PATCH", path, {}, key="k", media=media).status_code == 200
    problem(registrar.call("POST", "/reports", {"kind": "death"}, key="l", media=media), status=415)


def test_more_than_256_kib_is_413(registrar: Caller) -> None:
    body = b'{"kind": "death", "answers": {"a": "' + b"Z" * (256 * 1024) + b'"}}'
    problem(registrar.call("POST", "/reports", body, key="k"), status=413)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"kind": "death", "kind": "move"}', b'{"kind": NaN}', b"\xff", b"[" * 99999]
)
def test_what_is_not_json_is_400(registrar: Caller, body: bytes) -> None:
    problem(registrar.call("POST", "/reports", body, key="k"), status=400)


class Broken:
    """A connection that ends before the body does."""

    def read(self, *_: Any) -> bytes:
        """Read nothing."""
        raise OSError(TYPED)

    readline = read


@pytest.mark.parametrize("path", ["/api/v1/reports", "/soap/confirmations"])
def test_a_body_that_breaks_off_is_400(registrar: Caller, path: str) -> None:
    headers = {"Authorization": f"Bearer {registrar.token}", "Idempotency-Key": "k"}
    extra: Any = {"wsgi.input": Broken(), "CONTENT_LENGTH": "99"}
    response = Client().generic("POST", path, b"x", "application/json", secure=True, headers=headers, **extra)
    assert response.status_code == 400
    assert b"ended before it was complete" in response.content
    assert TYPED.encode() not in response.content


@pytest.mark.parametrize("body", [[], "text", 1, None, True])
def test_json_that_is_no_object_is_422(registrar: Caller, body: Any) -> None:
    (fault,) = problem(registrar.call("POST", "/reports", json.dumps(body).encode(), key="k"), status=422)["faults"]
    assert fault == {"path": "", "message": "Enter a group of named fields"}


def test_all_faults_come_at_once_each_at_its_path(registrar: Caller) -> None:
    body = {
        "kind": "death",
        "answers": {
            "subject": {"name": {"family": 7}, "born_on": TYPED},
            "informant": {"email": TYPED},
            "death": {"died_on": "2999-01-01"},
        },
        "evidence": {"type": TYPED, "entry": {"subject": {"sex": TYPED}}},
    }
    found = problem(registrar.post("/reports", body), status=422)
    assert paths(found) == {
        "answers.subject.name.family",
        "answers.subject.born_on",
        "answers.informant.email",
        "answers.death.died_on",
        "evidence.type",
        "evidence.entry.subject.sex",
    }


def test_faults_of_the_request_itself_come_at_once(registrar: Caller) -> None:
    found = problem(registrar.post("/reports", {"answers": [], "evidence": {"type": 1}, "more": TYPED}), status=422)
    assert paths(found) == {"kind", "answers", "evidence.type", "evidence.entry", "more"}


def test_an_unknown_kind_is_answered_with_those_there_are(registrar: Caller) -> None:
    (fault,) = problem(registrar.post("/reports", {"kind": TYPED}), status=422)["faults"]
    assert fault == {"path": "kind", "message": "Choose one of: birth, death, marriage, move"}


def test_a_kind_that_needs_no_evidence_takes_none(registrar: Caller) -> None:
    body = {"kind": "move", "evidence": {"type": "register-entry", "entry": {}}}
    (fault,) = problem(registrar.post("/reports", body), status=422)["faults"]
    assert fault["path"] == "evidence.type"
    assert fault["message"].endswith("needs no evidence; leave it out")


def test_another_answer_than_the_registers_is_a_fault_at_its_path(registrar: Caller) -> None:
    evidence = {"type": "register-entry", "entry": factories.ENTRY}
    body = {"kind": "death", "answers": {"subject": {"name": {"family": TYPED}}}, "evidence": evidence}
    found = problem(registrar.post("/reports", body), status=422)
    assert paths(found) == {"answers.subject.name.family"}
    assert "registrar" in found["faults"][0]["message"]


@pytest.mark.parametrize(
    "confirmation",
    [
        {},
        {"outcome": TYPED},
        {"outcome": "acted", "actions": [{"code": TYPED}]},
        {"outcome": "acted", "actions": [{"code": "account_closed", "on": 0}]},
        {"outcome": "acted", "actions": [{"code": "account_closed", "on": "soon"}]},
        {"outcome": "acted", "occurred_at": 1700000000},
        {"outcome": "acted", "occurred_at": "1700000000"},
        {"outcome": "acted", "occurred_at": "2026-11-02T10:00:00"},
        {"outcome": "acted", "note": TYPED * 1000},
        {"outcome": "acted", "fields": {}},
    ],
)
def test_a_confirmation_that_does_not_fit_is_422(registrar: Caller, confirmation: dict[str, Any]) -> None:
    path = "/deliveries/00000000-0000-0000-0000-000000000000/confirmations"
    (fault,) = problem(registrar.post(path, confirmation), status=422)["faults"]
    assert fault["path"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=many", "cursor=nonsense", "cursor=W10=", f"cursor={NAIVE}", "reference=AB"]
)
def test_a_query_that_does_not_fit_is_422(registrar: Caller, query: str) -> None:
    (fault,) = problem(registrar.call("GET", f"/reports?{query}"), status=422)["faults"]
    assert fault["path"] == query.partition("=")[0]


def test_what_nobody_foresaw_is_500_and_says_nothing_of_its_cause(
    registrar: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(TYPED)

    monkeypatch.setattr(reports, "answers", fail)
    report = factories.started()
    found = problem(registrar.get(f"/reports/{report.pk}/answers"), status=500)
    assert found["detail"].startswith("Something went wrong on our side")


def test_a_database_that_does_not_answer_is_503_and_worth_another_try(
    registrar: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError(TYPED)

    monkeypatch.setattr(reports, "answers", fail)
    report = factories.started()
    response = registrar.get(f"/reports/{report.pk}/answers")
    problem(response, status=503)
    assert response["Retry-After"] == "5"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=30)
    | st.sampled_from(["death", "acted", "\x00", "2026-01-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=10)
            | st.sampled_from(["kind", "answers", "subject", "name", "evidence", "entry", "outcome", "recipients"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.fixture
def told() -> str:
    """Give the id of a report that anything may be sent to."""
    return str(factories.started().pk)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=JSON, number=st.integers(0, 4))
def test_no_body_whatever_makes_the_service_fail(registrar: Caller, told: str, body: Any, number: int) -> None:
    paths = (
        "/reports",
        f"/reports/{told}/answers",
        f"/reports/{told}/evidence",
        f"/reports/{told}/submission",
        f"/deliveries/{told}/confirmations",
    )
    method = "PATCH" if number == 1 else "POST"
    response = registrar.call(method, paths[number], json.dumps(body).encode(), key="k" * 8 + str(abs(hash(str(body)))))
    assert response.status_code in {200, 201, 404, 409, 422}, response.content


def test_scopes_here_are_all_that_there_are(settings: Any) -> None:
    assert set(SCOPES) == set(settings.OAUTH2_PROVIDER["SCOPES"])
