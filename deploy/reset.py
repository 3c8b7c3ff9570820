"""``make demo-reset``: forget everything that the demo keeps."""

import sys

from deploy import servers, services


def main() -> int:
    """Remove the demo's directory; say so in a sentence if something still runs from it, and end with status 2."""
    try:
        servers.forget(services.KEPT)
    except services.FAULTS as fault:
        print(fault, file=sys.stderr)
        return 2
    print(f"{services.KEPT} is gone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
