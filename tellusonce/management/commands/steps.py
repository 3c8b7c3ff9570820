"""``manage.py steps``: several commands in one process, because each start costs more than most of them."""

import json
import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Run commands one after the other, and stop at the first that fails."""

    help = (
        'Run several commands, read from the standard input as JSON: [["client", "import", "FILE"], ...]. '
        "The first that fails ends it; those before it have been done."
    )
    # Each asks for what it needs itself: before a migration there is little to check.
    requires_system_checks: list[str] = []  # noqa: RUF012  Django declares it so

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Run them."""
        for words in _read(sys.stdin.read()):
            try:
                call_command(*words, stdout=self.stdout, stderr=self.stderr)
            except CommandError as error:
                raise CommandError(f"`{' '.join(words)}`: {error}", returncode=error.returncode) from error


def _read(text: str) -> list[list[str]]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    is_fit = isinstance(found, list) and all(isinstance(words, list) and words for words in found)
    if not is_fit or not all(isinstance(word, str) for words in found for word in words):
        raise CommandError('Give a JSON list of commands, each a list of its words: [["migrate", "--no-input"]].')
    commands: list[list[str]] = found
    return commands
