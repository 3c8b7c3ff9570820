"""The demonstration's stage with nothing told on it yet: ``python -m tests.browser.stage --directory DIRECTORY``."""

import argparse
import sys
from pathlib import Path

from deploy import processes, services
from deploy.demo import stages


def main() -> None:
    """Run it until interrupted; end with a sentence where something is in the way."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.stage", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="where everything is kept")
    directory = parser.parse_args().directory.absolute()
    try:
        with processes.interruptible(), stages.running(directory):
            processes.stay()
    except services.FAULTS as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
