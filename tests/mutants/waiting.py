"""The demo for whoever knows who will not confirm: it ends when all the others have, however long they take.

``python -m tests.mutants.waiting`` takes the demo's arguments and knows of the one that is dropped.
"""

import sys
from collections.abc import Collection, Sequence
from typing import Any
from unittest import mock

from deploy.demo import __main__ as demo
from deploy.demo import tellings
from tests.mutants.apps import DROPPED


def main_without(names: Collection[str]) -> int:
    """Run the demo, and wait for nobody of that name; what is missing in the end is found all the same."""
    follow, shortcomings = tellings.follow, tellings.shortcomings

    def of_others(standings: Sequence[Any], owed: Sequence[Any]) -> list[str]:
        return [each for each in shortcomings(standings, owed) if each.split()[0] not in names]

    def follow_others(*arguments: Any, **options: Any) -> list[Any]:
        with mock.patch.object(tellings, "shortcomings", of_others):
            return follow(*arguments, **options)

    with mock.patch.object(tellings, "follow", follow_others):
        return demo.main()


if __name__ == "__main__":
    sys.exit(main_without({DROPPED}))
