"""E-mail, texts and letters by GOV.UK Notify, through its own Python client.

Source: https://docs.notifications.service.gov.uk/python.html (read in November 2026). Notify does not refuse a
`reference` that it has seen, but it can be asked for it: so each try after the first asks, and sends only what is not
there or failed for good. Our words are sent whole, into one template for e-mail and one for letters (``((subject))``
and ``((body))``) and one for texts (``((body))``), so that the wording of all notices is in one place and reviewed
like code.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient

from tellusonce.notices.mailings import AMBIGUOUS, PERMANENT, THROTTLED, TRANSIENT, Mailing, NotTaken

FAILED = ("permanent-failure", "temporary-failure", "technical-failure", "cancelled", "validation-failed")
ABOUT_US = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


class Notify:
    """One client for one run; theirs is not safe to share between threads."""

    name = "notify"

    def __init__(self) -> None:
        make: Any = NotificationsAPIClient  # it ships no types
        self._client = make(settings.NOTIFY_API_KEY, base_url=settings.NOTIFY_URL, timeout=settings.EMAIL_TIMEOUT)
        # No proxy from the environment and no redirect: what we send is personal.
        self._client.request_session.trust_env = False
        self._client.request_session.max_redirects = 0

    def send(self, mailing: Mailing) -> None:
        """Send it, unless an earlier try arrived. Raises NotTaken."""
        if mailing.is_repeated and self._has(mailing):
            return
        try:
            self._post(mailing)
        except APIError as error:
            raise _classed(error) from None

    def _has(self, mailing: Mailing) -> bool:
        try:
            answer: dict[str, Any] = self._client.get_all_notifications(reference=str(mailing.id))
        except APIError as error:
            classed = _classed(error)
            # Whether an earlier try arrived is as unknown as before, so this is no verdict on the notice.
            raise NotTaken(TRANSIENT, classed.code, is_channel=True, wish=classed.wish) from None
        return any(each.get("status") not in FAILED for each in answer.get("notifications", ()))

    def _post(self, mailing: Mailing) -> None:
        {"email": self._post_email, "text": self._post_text, "letter": self._post_letter}[mailing.by](mailing)

    def _post_text(self, mailing: Mailing) -> None:
        self._client.send_sms_notification(
            phone_number=mailing.to,
            template_id=settings.NOTIFY_TEXT_TEMPLATE,
            personalisation={"body": mailing.words.text},
            reference=str(mailing.id),
        )

    def _post_letter(self, mailing: Mailing) -> None:
        address = {f"address_line_{number}": line for number, line in enumerate(mailing.to.split("\n"), start=1)}
        self._client.send_letter_notification(
            template_id=settings.NOTIFY_LETTER_TEMPLATE,
            personalisation={**address, "subject": mailing.words.subject, "body": mailing.words.body},
            reference=str(mailing.id),
        )

    def _post_email(self, mailing: Mailing) -> None:
        self._client.send_email_notification(
            email_address=mailing.to,
            template_id=settings.NOTIFY_EMAIL_TEMPLATE,
            personalisation={"subject": mailing.words.subject, "body": mailing.words.body},
            reference=str(mailing.id),
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.request_session.close()


def _classed(error: APIError) -> NotTaken:
    """Class a failure by its status: their words may quote the address."""
    if error.response is None:
        return NotTaken(AMBIGUOUS, "notify-no-answer", is_channel=True)
    status = error.response.status_code
    code = f"notify-{status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return NotTaken(THROTTLED, code, is_channel=True, wish=60)
    if status < HTTPStatus.BAD_REQUEST:
        return NotTaken(AMBIGUOUS, code, is_channel=True)  # an answer that is none
    if status in ABOUT_US or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return NotTaken(TRANSIENT, code, is_channel=True)
    return NotTaken(PERMANENT, code)
