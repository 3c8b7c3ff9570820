"""Whoever told us, as tests play them: with the reference of a letter alone, or proved to be who they are."""

import datetime as dt
import time
from typing import Any

from adapters.contract import Answer
from tellusonce import clocks, confirmations
from tellusonce.models import Delivery, Report
from tests.web.desks import Desk
from tests.web.pages import Pages


class Informant(Desk):
    """One browser, with the visit of somebody who has opened one report: by its reference, unless it is proved who."""

    def __init__(self, report: Report, *, is_proved: bool = False) -> None:
        if is_proved:
            super().__init__("citizen", "")
        else:
            Pages.__init__(self)
            self.name = f"informant:{report.pk}"
        now, session = int(time.time()), self.client.session
        clocks_of_visit = {"idle": 3600, "ends": now + 7200, "until": now + 3600}
        session.update(
            {"by": "reference", "reports": [str(report.pk)], "confidence": "P2" if is_proved else "", **clocks_of_visit}
        )
        session.save()


def told(report: Report, slug: str, **columns: Any) -> Delivery:
    """Let a recipient have been told; `columns` say otherwise."""
    delivery = report.deliveries.select_related("recipient__organisation").get(recipient__slug=slug)
    usual = {"state": "sent", "sent_at": clocks.now(), "due_at": None, "tries": 1}
    Delivery.objects.filter(pk=delivery.pk).update(**{**usual, **columns})
    delivery.refresh_from_db(fields=["state", "sent_at", "tries"])
    return delivery


def said(delivery: Delivery, outcome: str, *actions: Any, at: dt.datetime | None = None, **more: Any) -> None:
    """Let a recipient who has been told say something."""
    organisation = delivery.recipient.organisation.slug
    answer = Answer(outcome, tuple(actions), occurred_at=at, **more)
    confirmations.record(delivery.pk, answer, organisation=organisation, given_by="their system", door="rest")
