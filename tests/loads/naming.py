"""A service whose names resolve as a test says: settings for a stack, and the hook, which production has not.

`NAMES` is a JSON file, from hosts to their answers: one list of addresses after the other, the last of them for ever;
an empty one is an unknown host, and a number of seconds in it is waited for. `NAMES_ASKED` is a folder in which each
question leaves a file, so that all processes count together. Nothing that was resolved is kept.
"""

import asyncio
import ipaddress
import json
import os
import socket
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from django.apps import AppConfig

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as USUAL

INSTALLED_APPS = [*USUAL, "tests.loads.naming.Naming"]
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
Answer = Sequence[str | float]


class Naming(AppConfig):
    """Answers for the system's resolver."""

    name = "tests.loads"
    label = "naming"

    def ready(self) -> None:
        """Put ourselves in its place."""
        from adapters import addresses, pools  # noqa: PLC0415

        mock.patch.object(addresses, "_by_the_system", resolve).start()
        mock.patch.object(pools, "NAMES_KEPT_FOR", 0).start()


async def resolve(host: str, port: int, family: socket.AddressFamily) -> list[Any]:
    """Give the next answer of a host, and ask the system about those of which nothing is said."""
    answer = _next_answer(host)
    if answer is None:
        return await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    return await _given(answer, port)


def _next_answer(host: str) -> Answer | None:
    answers = json.loads(Path(os.environ["NAMES"]).read_text(encoding="utf-8")).get(host)
    folder = Path(os.environ["NAMES_ASKED"])
    earlier = asked(folder, host)
    (folder / f"{host} {uuid.uuid4()}").touch()
    return answers[min(earlier, len(answers) - 1)] if answers else None


async def _given(answer: Answer, port: int) -> list[Any]:
    for each in answer:
        if not isinstance(each, str):
            await asyncio.sleep(each)
    found = [each for each in answer if isinstance(each, str)]
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "unknown host")
    return [(FAMILIES[ipaddress.ip_address(ip).version], socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]


def asked(folder: Path, host: str) -> int:
    """Count how often a host was asked for."""
    return len(list(folder.glob(f"{host} *")))


def settings(folder: Path, answers: Mapping[str, Sequence[Answer]]) -> dict[str, str]:
    """Give the settings of a stack whose names resolve like this."""
    (folder / "asked").mkdir()
    say(folder, answers)
    return {
        "DJANGO_SETTINGS_MODULE": "tests.loads.naming",
        "NAMES": str(folder / "names.json"),
        "NAMES_ASKED": str(folder / "asked"),
    }


def say(folder: Path, answers: Mapping[str, Sequence[Answer]]) -> None:
    """Let names resolve like this from now on."""
    unfinished = folder / "names.json.new"
    unfinished.write_text(json.dumps(answers), encoding="utf-8")
    unfinished.replace(folder / "names.json")
