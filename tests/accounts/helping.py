"""What informants and helpers do over HTTP, as tests of mandates and invitations play them."""

import datetime as dt
from typing import Any

from tellusonce import clocks
from tellusonce.models import Report
from tests.accounts import visitors
from tests.accounts.visitors import Browser


def opened(report: Report) -> Browser:
    browser = Browser()
    assert browser.post("/accounts/report", claim_of(report)).status_code == 200
    return browser


def claim_of(report: Report) -> dict[str, str]:
    return {"reference": report.reference, "surname": "Quillfeather", "on": "2026-10-30"}


def wish(*purposes: str, days: int = 30, **more: str) -> dict[str, Any]:
    until = (clocks.now() + dt.timedelta(days=days)).isoformat()
    return {"purposes": list(purposes or ("follow", "answer")), "until": until, **more}


def invited(informant: Browser, report: Report, *purposes: str, **more: Any) -> Any:
    answer = informant.post(f"/accounts/reports/{report.pk}/invitations", wish(*purposes, **more))
    assert answer.status_code == 200, answer.content
    return answer.json()


def helping(informant: Browser, report: Report, *purposes: str, helper: Browser | None = None, **more: Any) -> Browser:
    """Have a helper invited, accept, and act."""
    helper = helper or visitors.citizen("helper")
    code = invited(informant, report, *purposes, **more)["code"]
    assert helper.post("/accounts/mandates/accept", {"code": code}).status_code == 200
    assert act(helper, report).status_code == 200
    return helper


def act(helper: Browser, report: Report | None) -> Any:
    return helper.post("/accounts/visit/acting", {"report": str(report.pk) if report else None})


def accept(helper: Browser, code: str) -> Any:
    return helper.post("/accounts/mandates/accept", {"code": code})


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]


def follow(browser: Browser, report: Report) -> int:
    return int(browser.get(f"/api/v1/reports/{report.pk}").status_code)


def submit(browser: Browser, report: Report, *consents: Any) -> Any:
    headers = {"Idempotency-Key": f"submit-{report.pk}-{len(consents)}"}
    return browser.post(f"/api/v1/reports/{report.pk}/submission", {"consents": list(consents)}, **headers)
