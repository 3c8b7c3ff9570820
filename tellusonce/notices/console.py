"""Notices on standard output, for development: what is personal in them stands there for all to read."""

import sys

from tellusonce.notices.mailings import Mailing


class Console:
    """Prints instead of sending."""

    name = "console"

    def send(self, mailing: Mailing) -> None:
        """Print it as it would arrive."""
        said = mailing.words.text if mailing.by == "text" else f"{mailing.words.subject}\n\n{mailing.words.body}"
        sys.stdout.write(f"--- {mailing.by} to {mailing.to} ({mailing.id})\n{said}\n---\n")
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing is held."""
