"""E-mail by SMTP (RFC 5321), the message made by Django.

A repeated try has the same Message-ID and Date (RFC 5322 section 3.6.4): SMTP itself cannot tell a repetition, but
mail stores and readers that do tell, tell by this.
"""

import smtplib
from email.utils import format_datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from tellusonce.notices.mailings import AMBIGUOUS, PERMANENT, TRANSIENT, Mailing, NotTaken

LASTING = range(500, 600)
# What says no to us rather than to this one address: another notice would fare no better.
OURS = (530, 534, 535, 538)


class Smtp:
    """One connection, opened for the first message and kept for the rest of a run."""

    name = "smtp"

    def __init__(self) -> None:
        self._backend = EmailBackend(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT,
            username=settings.EMAIL_HOST_USER,
            password=settings.EMAIL_HOST_PASSWORD,
            use_tls=settings.EMAIL_USE_TLS,
            use_ssl=False,
            timeout=settings.EMAIL_TIMEOUT,
        )

    def send(self, mailing: Mailing) -> None:
        """Send it. Raises NotTaken: ambiguous once the server may have begun to take the message."""
        self._open()
        try:
            self._backend.send_messages([_message(mailing)])
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(min(code for code, _ in error.recipients.values())) from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code) from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise NotTaken(AMBIGUOUS, type(error).__name__, is_channel=True) from None

    def _open(self) -> None:
        """Connect and sign in. Their words may quote an address, so only codes are kept."""
        try:
            self._backend.open()
        except smtplib.SMTPResponseException as error:
            raise NotTaken(TRANSIENT, f"smtp-{error.smtp_code}", is_channel=True) from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotTaken(TRANSIENT, type(error).__name__, is_channel=True) from None

    def close(self) -> None:
        """Say goodbye, if there is anybody to say it to."""
        try:
            self._backend.close()
        except (smtplib.SMTPException, OSError):
            self._backend.connection = None


def _refused(code: int) -> NotTaken:
    is_ours = code in OURS
    outcome = PERMANENT if code in LASTING and not is_ours else TRANSIENT
    return NotTaken(outcome, f"smtp-{code}", is_channel=is_ours)


def _message(mailing: Mailing) -> EmailMessage:
    domain = settings.NOTICES_FROM.rpartition("@")[2].rstrip(">")
    return EmailMessage(
        subject=mailing.words.subject,
        body=mailing.words.body,
        from_email=settings.NOTICES_FROM,
        to=[mailing.to],
        headers={
            "Message-ID": f"<{mailing.id}@{domain}>",
            "Date": format_datetime(mailing.written_at),
            "Content-Language": mailing.language,
            "Auto-Submitted": "auto-generated",
        },
    )
