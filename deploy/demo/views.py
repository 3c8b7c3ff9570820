"""What the demonstration shows: the table while it goes on, and where to look afterwards."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from deploy.demo import players, tables, visits
from deploy.demo.stages import Stage

JSON = Any
Show = Callable[[Sequence[JSON]], None]
WIDE = 140


def console() -> Console:
    """Write to standard output, as wide as the terminal is, or wide enough where there is none."""
    usual = Console()
    return usual if usual.is_terminal else Console(width=WIDE)


@contextmanager
def following(out: Console, *, title: str) -> Iterator[Show]:
    """Give what shows how far it has got: a table that changes, or on paper each change and the table at the end."""
    if out.is_terminal:
        with Live(console=out, auto_refresh=False) as live:
            yield lambda standings: live.update(tables.table(standings, title=title), refresh=True)
        return
    seen: dict[str, str] = {}
    last: list[JSON] = []

    def show(standings: Sequence[JSON]) -> None:
        last[:] = standings
        for each in standings:
            line = tables.line(each)
            if seen.get(each["delivery"]) != line:
                seen[each["delivery"]] = line
                print(line, flush=True)

    yield show
    out.print(tables.table(last, title=f"\n{title}"))


def explain(stage: Stage, out: Console, *, is_as_expected: bool) -> None:
    """Say how it went, where everything is and how to look at it."""
    at, directory = stage.service.url, stage.service.directory
    well = "Everybody got what the story's list owes them and nothing else: nothing lost, nothing twice, nothing more."
    shown = [
        *([well, ""] if is_as_expected else []),
        f"The service:        {at}/    its interface at {at}/api/v1/openapi.json",
        f"The simulator:      {stage.simulator_url}/books    what each recipient got and did",
        f"Logs, books, keys:  {directory}",
        f"Receipts:           {directory}/receipt-*.jws    of consents; `manage.py receipt verify FILE` verifies one",
        f"Systems:            {directory / 'clients.json'}    a login for each organisation, as",
    ]
    for name in (players.REGISTRAR, players.JOURNEY):
        login = stage.clients[name].login
        shown.append(f"    {login.client_id}  {login.secret}")
    journey = stage.clients[players.JOURNEY].login
    shown += [
        "",
        f"Sign in at {at}/sign-in; each finds a story that is told by half:",
        *(f"    {line}" for line in logins(directory)),
        "    Staff are asked for a code too: give an authenticator app the key, or set one up at the first sign-in.",
        "",
        "Try:",
        f"    TOKEN=$(curl -s -u {journey.client_id}:{journey.secret} -d grant_type=client_credentials \\",
        f'        {at}/oauth/token/ | sed \'s/.*"access_token": "\\([^"]*\\).*/\\1/\')',
        f'    curl -s -H "Authorization: Bearer $TOKEN" {at}/api/v1/reports',
        "",
        "Ctrl-C stops everything and keeps what was told; make demo-reset forgets it.",
    ]
    for line in shown:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def logins(directory: Path) -> Iterator[str]:
    """Say how to sign in, in each role: staff by password and code, others as whom they choose."""
    for login, (role, _organisation) in visits.STAFF.items():
        key = visits.authenticator_key(directory, login)
        yield f"{role:<18} {login:<12} {visits.password(directory, login)}{f'  key {key}' if key else ''}"
    yield "citizen            choose the first person at the development sign-in (a death), or the third (a move)"
    yield "helper             choose the second person there, who may help the first"
