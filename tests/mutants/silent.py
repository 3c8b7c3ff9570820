"""The demo with three recipients that never answer: ``python -m tests.mutants.silent`` takes the demo's arguments."""

import sys
from typing import Any

from deploy.demo import __main__ as demo
from deploy.demo import players

SILENT = ("passports", "drivers-and-vehicles", "northmoor-libraries")


def main() -> int:
    """Run the demo with their behaviour changed."""
    played = players.played

    def with_silence() -> list[dict[str, Any]]:
        return [
            {**each, **({"behaviour": [{"never_answers": {}}]} if each["name"] in SILENT else {})} for each in played()
        ]

    players.played = with_silence
    return demo.main()


if __name__ == "__main__":
    sys.exit(main())
