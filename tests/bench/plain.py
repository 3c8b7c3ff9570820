"""What one would write first: a Celery task for each delivery, with requests or zeep, and an update by the ORM.

It does the same for a delivery as far as it can be seen from outside: it opens what was sealed, keeps what was granted,
says it, and writes down that it was sent. It has no ledger, no check, no breaker, no limit, no lease and no second try.
`celery -A tests.bench.plain worker` runs it, with as many processes as Celery takes by itself. Celery closes the
database's connection after each task unless it is told how often to use it again, as it is for a run that is `KEPT`.
"""

import os
from functools import cache
from typing import Any

import django
import requests
from celery import Celery
from kombu import Queue

QUEUE, QUIET = "plain", "quiet"

app = Celery("plain", broker=os.environ.get("BROKER_URL") or os.environ["REDIS_URL"])
app.conf.update(
    task_default_queue=QUIET,
    task_queues=[Queue(QUIET), Queue(QUEUE)],
    task_routes={"tests.bench.plain.*": {"queue": QUEUE}},
    task_ignore_result=True,
)
if os.environ.get("KEPT"):
    app.conf["CELERY_DB_REUSE_MAX"] = 10**9
django.setup()


@app.task(name="tests.bench.plain.tell")
def tell(delivery_id: str) -> None:
    """Tell one recipient by REST."""
    delivery, message = _opened(delivery_id)
    reply = requests.post(
        delivery.recipient.route.address,
        json={"message": message.as_input()["message"], "fields": dict(message.fields)},
        headers={"webhook-id": message.id},
        timeout=15,
    )
    reply.raise_for_status()
    _sent(delivery)


@app.task(name="tests.bench.plain.tell_by_soap")
def tell_by_soap(delivery_id: str) -> None:
    """Tell one recipient by SOAP."""
    from adapters import mapping  # noqa: PLC0415
    from tests.loads.recipients import MAPPING  # noqa: PLC0415

    delivery, message = _opened(delivery_id)
    said = mapping.compile(MAPPING).apply(message.as_input())
    reply = _service(delivery.recipient.route.address).NotifyDeath(**said)
    if reply.Result != "Accepted":
        raise ValueError(reply.Result)
    _sent(delivery)


@cache
def _service(address: str) -> Any:
    import zeep  # noqa: PLC0415

    from tests.loads import recipients  # noqa: PLC0415

    client = _client(str(recipients.WSDLS / recipients.TALLYSTONE))
    assert isinstance(client, zeep.Client)
    (binding,) = client.wsdl.bindings
    return client.create_service(binding, address)  # type: ignore[no-untyped-call]


@cache
def _client(wsdl: str) -> Any:
    import zeep  # noqa: PLC0415

    return zeep.Client(wsdl)  # type: ignore[no-untyped-call]


def _opened(delivery_id: str) -> tuple[Any, Any]:
    from adapters.contract import Message  # noqa: PLC0415
    from tellusonce import disclosure, messages  # noqa: PLC0415
    from tellusonce.models import Delivery  # noqa: PLC0415

    delivery = Delivery.objects.select_related("report__key", "answers", "recipient__route").get(pk=delivery_id)
    answers = messages.answers_of(delivery.answers, delivery.report.key)
    return delivery, Message(
        id=str(delivery.pk),
        kind=delivery.report.kind,
        purpose=delivery.purpose,
        reference=delivery.report.reference,
        sequence=delivery.sequence,
        reported_at=delivery.answers.closed_at.isoformat(),
        fields=disclosure.project(answers, delivery.fields),
    )


def _sent(delivery: Any) -> None:
    from django.utils import timezone  # noqa: PLC0415

    delivery.state, delivery.sent_at, delivery.due_at = "sent", timezone.now(), None
    delivery.save(update_fields=["state", "sent_at", "due_at"])
