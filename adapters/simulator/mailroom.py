"""A mail server for recipients that have only a mailbox: what comes for one of them is opened before it is taken."""

from collections.abc import Mapping
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

from adapters.simulator.config import Recipient
from adapters.simulator.confirming import Confirmer
from adapters.simulator.links import NotRead, Reader

TAKEN, LATER = "250 Taken", "451 Nobody can look at it right now; try again later"


class Mailroom:
    """Takes mail for anybody; what is for no recipient here is put aside unread."""

    def __init__(self, recipients: Mapping[str, Recipient], reader: Reader, confirmer: Confirmer) -> None:
        """`recipients` are by their addresses."""
        self._recipients = recipients
        self._reader = reader
        self._confirmer = confirmer

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd names it
        """Take one mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = message_from_bytes(content, policy=policy.default)
        body = mail.get_body(("plain",))
        text = body.get_content() if body else ""
        for address in envelope.rcpt_tos:
            recipient = self._recipients.get(address.casefold())
            if recipient is None:
                continue
            try:
                await self._reader.open(recipient, text, self._confirmer)
            except NotRead:
                return LATER
        return TAKEN
