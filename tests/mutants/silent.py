"""The demo with three recipients that never answer: ``python -m tests.mutants.silent`` takes the demo's arguments."""

import sys
from typing import Any

from deploy.demo import players
from tests.mutants import waiting

SILENT = ("passports", "drivers-and-vehicles", "northmoor-libraries")


def main() -> int:
    """Run the demo with their behaviour changed."""
    played = players.played

    def with_silence() -> list[dict[str, Any]]:
        return [
            {**each, **({"behaviour": [{"never_answers": {}}]} if each["name"] in SILENT else {})} for each in played()
        ]

    players.played = with_silence
    return waiting.main_without(SILENT)


if __name__ == "__main__":
    sys.exit(main())
