"""The whole story over REST: start, tell, preview, submit, fetch, confirm, follow."""

from typing import Any

import pytest

from tests import factories
from tests.callers import Caller

pytestmark = pytest.mark.django_db


def test_a_report_is_told_from_its_start_to_its_last_confirmation() -> None:
    factories.recipient("libraries", route={"adapter": "inbox"}, organisation="northmoor-libraries")
    registrar, libraries = Caller(), Caller("northmoor-libraries")

    begun = registrar.post(
        "/reports", {"kind": "death", "evidence": {"type": "register-entry", "entry": factories.ENTRY}}
    )
    assert begun.status_code == 201, begun.content
    report: dict[str, Any] = begun.json()
    changed = registrar.patch(f"/reports/{report['id']}/answers", factories.TOLD)
    assert changed.status_code == 200, changed.content
    answers = registrar.get(f"/reports/{report['id']}/answers").json()
    assert answers["subject"]["name"]["family"] == "Quillfeather"
    (offer,) = registrar.get(f"/reports/{report['id']}/preview").json()["recipients"]
    assert offer["is_told"] is True
    assert [field["path"] for field in offer["fields"] if field["has_value"]] == [
        "subject.name.family",
        "death.died_on",
    ]
    submitted = registrar.post(f"/reports/{report['id']}/submission", {"recipients": ["libraries"]})
    assert submitted.status_code == 201, submitted.content
    assert submitted.json()["recipients"][0]["state"] == "available"

    (item,) = libraries.get("/inbox").json()["items"]
    assert item["fields"] == {"subject": {"name": {"family": "Quillfeather"}}, "death": {"died_on": "2026-10-30"}}
    confirmed = libraries.post(
        f"/deliveries/{item['id']}/confirmations",
        {"outcome": "acted", "actions": [{"code": "account_closed", "on": "2026-11-02"}]},
    )
    assert confirmed.status_code == 201, confirmed.content
    assert confirmed.json()["state"] == "closed"

    (standing,) = registrar.get(f"/reports/{report['id']}").json()["recipients"]
    assert (standing["state"], standing["outcome"]) == ("closed", "acted")
    assert standing["actions"][0]["code"] == "account_closed"
