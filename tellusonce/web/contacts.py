"""Where a message goes, as a form asks for it: an e-mail address or a mobile number."""

from django.utils.translation import gettext as _
from pydantic_core import PydanticCustomError

from tellusonce.events import people
from tellusonce.notices.owing import EMAIL, Contact


def fault(how: str, at: str) -> str:
    """Say what is wrong with an address or a number; nothing if it will do."""
    if not at:
        return _("Enter the e-mail address") if how == EMAIL else _("Enter the mobile number")
    try:
        (people.check_email if how == EMAIL else people.check_phone)(at)
    except PydanticCustomError:
        if how == EMAIL:
            return _("Enter an e-mail address in the correct format, like name@example.com")
        return _("Enter a mobile number, like 07700 900 982")
    return ""


def contact(how: str, at: str, *, language: str) -> Contact:
    """Make a contact of what `fault` found nothing wrong with."""
    return Contact(how, at if how == EMAIL else people.check_phone(at), language if language in {"en", "cy"} else "en")
