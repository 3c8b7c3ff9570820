"""``make serve``: the service with nothing in it but what was there, until Ctrl-C."""

import argparse
import sys
from pathlib import Path

from deploy import processes, services


def main() -> int:
    """Serve until interrupted; say in a sentence what is in the way, and end with status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.serve", description=main.__doc__)
    parser.add_argument("--directory", type=Path, default=services.KEPT, help="where everything is kept")
    directory: Path = parser.parse_args().directory
    try:
        with processes.interruptible(), services.running(directory.absolute()) as service:
            print(f"Serving at {service.url}. Logs are in {service.supervisor.logs}. Ctrl-C stops it.", flush=True)
            processes.stay()
    except services.FAULTS as fault:
        print(fault, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
