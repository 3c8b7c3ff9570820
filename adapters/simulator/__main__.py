"""``python -m adapters.simulator --config FILE``: play recipients until told to stop.

``python -m adapters.simulator send ROUTE``: play the service towards a recipient that is being built.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from adapters.simulator import config, server
from adapters.simulator.config import ConfigError, Simulator


def main() -> int:
    """Run; 2 when the configuration or the port cannot be used, after a sentence that says why."""
    parser = argparse.ArgumentParser(prog="python -m adapters.simulator", description="Play recipients.")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="what to play (YAML)")
    if sys.argv[1:2] == ["send"]:
        return _send(sys.argv[2:])
    arguments = parser.parse_args()
    try:
        asyncio.run(play(config.load(arguments.config)))
    except (ConfigError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _send(told: list[str]) -> int:
    from adapters.simulator import sending  # noqa: PLC0415 - zeep costs memory, and whoever plays may not need it

    parser = argparse.ArgumentParser(prog="python -m adapters.simulator send", description="Send as the service does.")
    sending.add_arguments(parser)
    return sending.run(parser.parse_args(told))


async def play(simulator: Simulator) -> None:
    """Play until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with server.running(simulator) as port:
        sys.stdout.write(f"Playing {len(simulator.recipients)} recipients at http://{simulator.host}:{port}/\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
