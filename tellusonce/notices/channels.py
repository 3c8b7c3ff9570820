"""Which way notices go out: one channel for the whole service, as the settings say."""

from collections.abc import Callable, Mapping

from django.conf import settings

from tellusonce.notices.console import Console
from tellusonce.notices.mailings import Channel
from tellusonce.notices.smtp import Smtp

BOTH = frozenset({"email", "text"})
LETTER = frozenset({"letter"})
WAYS: Mapping[str, frozenset[str]] = {"console": BOTH | LETTER, "notify": BOTH, "smtp": frozenset({"email"})}


def _notify() -> Channel:
    from tellusonce.notices.notify import Notify  # noqa: PLC0415 - 5 MB of each worker where nobody uses it

    return Notify()


CHANNELS: Mapping[str, Callable[[], Channel]] = {"console": Console, "notify": _notify, "smtp": Smtp}


def ways() -> frozenset[str]:
    """How somebody can be reached: ``email``, ``text``, ``letter``, or not at all."""
    known = WAYS.get(settings.NOTICES_CHANNEL, frozenset())
    writes_letters = settings.NOTICES_CHANNEL == "notify" and settings.NOTIFY_LETTER_TEMPLATE
    return known | LETTER if writes_letters else known


def opened() -> Channel | None:
    """Open the channel for one run, if the service has one; nothing is on the wire yet."""
    make = CHANNELS.get(settings.NOTICES_CHANNEL)
    return make() if make else None
