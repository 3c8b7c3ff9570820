"""What goes wrong, put in place when Django is ready."""

import dataclasses
import logging
import queue
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unittest import mock

from django.apps import AppConfig

DROPPED = "health-records"


class Dropping(AppConfig):
    """Says that one recipient has taken its message, and sends nothing."""

    name = "tests.mutants"
    label = "dropping"

    def ready(self) -> None:
        """Answer in the recipient's place."""
        from adapters.contract import Response  # noqa: PLC0415
        from adapters.egress import Egress, Exchange, Reply  # noqa: PLC0415

        send = Egress.send

        def send_most(
            self: Egress, batch: Sequence[Exchange], *, replies: queue.SimpleQueue[Reply], limits: Any
        ) -> None:
            for each in batch:
                if each.endpoint == DROPPED:
                    replies.put(Reply(each.key, Response(202, {}, b""), None, 0.01))
            send(self, [each for each in batch if each.endpoint != DROPPED], replies=replies, limits=limits)

        mock.patch.object(Egress, "send", send_most).start()


class Renaming(AppConfig):
    """Gives each try a message id of its own."""

    name = "tests.mutants"
    label = "renaming"

    def ready(self) -> None:
        """Make up an id whenever a message is put together."""
        from tellusonce import messages  # noqa: PLC0415

        compose = messages.compose

        def compose_anew(*arguments: Any, **options: Any) -> Any:
            return dataclasses.replace(compose(*arguments, **options), id=str(uuid.uuid4()))

        mock.patch.object(messages, "compose", compose_anew).start()


class Leaking(AppConfig):
    """Lets a name out: into a log, into the broker and into a table."""

    name = "tests.mutants"
    label = "leaking"

    def ready(self) -> None:
        """Let it out whenever answers are closed."""
        from celery import current_app  # noqa: PLC0415

        from identity import ledger  # noqa: PLC0415
        from tellusonce import messages  # noqa: PLC0415

        seal: Callable[..., bytes] = messages.seal_answers

        def seal_and_tell(answers: Any, key: Any, told: Mapping[str, Any]) -> bytes:
            name = told["subject"]["name"]["family"]
            logging.getLogger("tellusonce.leaking").warning("sealed the answers about %s", name)
            ledger.record(ledger.Actor("leak"), action=ledger.Action.REPORT_READ, about="report", purpose=name)
            current_app.send_task(
                "tellusonce.tasks.wake", [[], told["informant"]["phone"]], queue="prompt", argsrepr="-", kwargsrepr="-"
            )
            return seal(answers, key, told)

        mock.patch.object(messages, "seal_answers", seal_and_tell).start()
