"""F16 to F19: what recipients' networks, servers and names do to a request, and where it may never go."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.simulator import ways
from deploy import ports, services
from tests.adapters.authorities import Authority
from tests.adapters.hostiles import playing as eavesdropping
from tests.adapters.peers import Peer, peer, reply
from tests.adapters.test_faults_http import NO_REPLY, REDIRECTS
from tests.faults import scenes, verdicts
from tests.faults.conftest import Tally
from tests.faults.verdicts import Words
from tests.loads import gauges, naming, recipients, reckonings, rogues, submitting
from tests.loads.recipients import Played
from tests.loads.rogues import Rogue, Rogues
from tests.loads.stacks import Stack

JSON = Any
SECURE, HERE = "secure.example", ["127.0.0.1"]


# F16

UNCONNECTED: Mapping[str, Words] = {
    "refuses": ("transient", "connect-refused"),
    "has-no-name": ("transient", "dns-failed"),
    "has-a-slow-name": ("transient", "connect-timeout"),
    "is-a-black-hole": ("transient", "connect-timeout"),
}
NAMES: Mapping[str, list[naming.Answer]] = {
    SECURE: [HERE],
    "nobody.example": [[]],
    "slow.example": [[6.0, *HERE]],
}
# What is wrong with a server's certificate or with its TLS, and how we say so.
INSECURE: Mapping[str, Words] = {
    "tls-expired": ("misconfigured", "tls-certificate"),
    "tls-wrong-host": ("misconfigured", "tls-certificate"),
    "tls-self-signed": ("misconfigured", "tls-certificate"),
    "tls-old": ("misconfigured", "tls-handshake"),
    "tls-refuses-ours": ("misconfigured", "tls-client-refused"),
}
TLS: JSON = {"settings": {"tls": {"authority": "authority", "certificate": "ours", "key": "our-key"}}}


class Doors:
    """Servers that speak TLS: first as it should not be, and well when they are mended."""

    def __init__(self, there: Rogues, authority: Authority, exits: ExitStack) -> None:
        self._there, self._authority, self._exits = there, authority, exits
        self._peers: list[Peer] = []

    def open(self, name: str, how: str) -> Played:
        """Play one."""

        def say(connection: socket.socket) -> None:
            self._there.note(name, door.heads[-1] + b"\r\n\r\n", door.bodies[-1])
            connection.sendall(reply(202))

        door = self._exits.enter_context(peer(say, tls=insecure(self._authority, how)))
        self._peers.append(door)
        return self._there.told(name, at=f"https://{SECURE}:{door.port}", route=TLS)

    def mend(self) -> None:
        """Let them all be as they should."""
        for each in self._peers:
            each.tls = self._authority.server(name=SECURE, clients=self._authority.pem)


def insecure(authority: Authority, how: str) -> Any:
    """Make a server's side of TLS that is wrong in one way."""
    if how == "tls-refuses-ours":
        return authority.server(name=SECURE, clients=Authority().pem)
    if how == "tls-wrong-host":
        return authority.server(name="elsewhere.example")
    if how == "tls-old":
        context = authority.server(name=SECURE)
        context.minimum_version = context.maximum_version = 0x0302  # type: ignore[assignment]  # TLS 1.1
        return context
    return authority.server(how.removeprefix("tls-"), name=SECURE)


@contextmanager
def black_hole() -> Iterator[int]:
    """Keep a port at which nobody takes what is in the backlog, and nothing more fits into it."""
    with socket.socket() as deaf, ExitStack() as crowd:
        deaf.bind((ports.HOST, 0))
        deaf.listen(0)
        for _ in range(4):
            one = crowd.enter_context(socket.socket())
            one.settimeout(0)
            one.connect_ex(deaf.getsockname())
        yield deaf.getsockname()[1]


def secrets(authority: Authority) -> str:
    """Give the secrets that TLS names."""
    certificate, key = authority.pair(name="us.example")
    return json.dumps({"authority": authority.pem, "ours": certificate, "our-key": key})


@pytest.mark.fault("F16")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_who_cannot_be_reached_or_believed_is_told_nothing_until_that_is_mended(tally: Tally, tmp_path: Path) -> None:
    """F16: refused, unknown host, slow DNS, black hole, reset after headers, and TLS as it should not be.

    Expired, wrong host, self-signed, old protocol, client certificate refused.
    """
    well, authority = scenes.cast(), Authority()
    names = [*UNCONNECTED, *INSECURE]
    cut = Rogue("resets", ways.resets_after_head)
    with ExitStack() as exits:
        there = exits.enter_context(rogues.playing(cut, *(Rogue(name, rogues.well) for name in names)))
        doors, hole, deaf = Doors(there, authority, exits), ExitStack(), ports.free()
        origins = {
            "refuses": f"http://{ports.HOST}:{deaf}",
            "has-no-name": f"http://nobody.example:{there.port}",
            "has-a-slow-name": f"http://slow.example:{there.port}",
            "is-a-black-hole": f"http://{ports.HOST}:{(dark := hole.enter_context(black_hole()))}",
        }
        played = [
            *(there.told(name, at=origins[name]) for name in UNCONNECTED),
            *(doors.open(name, name) for name in INSECURE),
        ]
        settings = naming.settings(tmp_path, NAMES) | {"SECRETS": secrets(authority)}
        with scenes.playing([*well, there.told(cut.name), *played], **settings) as stack:
            there.keep(stack.books)
            submitting.by_interface(stack, 1, seed=tally.seed)
            verdicts.see_told(stack, well)
            verdicts.see_words(stack, {**UNCONNECTED, **INSECURE, cut.name: ("ambiguous", "reply-truncated")})
            assert verdicts.paused(stack) == {name: code for name, (_, code) in INSECURE.items()}
            assert stack.metric("tellusonce_mailboxes_paused") == len(INSECURE)
            assert not {each["recipient"] for each in reckonings.read_books(stack.books)} & {*names}
            tally.mended()
            hole.close()
            for port in (deaf, dark):
                there.listen(port)
            naming.say(tmp_path, {name: [HERE] for name in NAMES})
            doors.mend()
            verdicts.put_right(stack, resume=INSECURE)
            scenes.all_told(stack)
            tally.well()
            tally.hold(reckonings.reckon(stack))


# F17

LATE = {"reply-timeout", "reply-deadline"}
CUT = {*LATE, "reply-too-large"}  # by size or by time, whichever limit is seen first
MOST_GROWTH_MB = 150  # for all attacks at once, several of which would take a gigabyte


@pytest.mark.fault("F17")
def test_no_silence_no_slowness_no_flood_and_no_lie_costs_anything_but_a_second_try(tally: Tally) -> None:
    """F17: accepts and never answers, answers one byte at a time, floods, and lies.

    Headers, body; endless chunks, 1 GB body, gzip bomb; wrong Content-Length, malformed chunks.
    """
    well = scenes.cast()
    heedless = Rogue("heedless-and-silent", ways.silent)
    ways.bomb()  # it takes seconds to pack, in which nobody would be answered
    with rogues.playing(heedless, *(Rogue(name, ways.WAYS[name]) for name in NO_REPLY)) as there:
        played = [*well, *map(there.told, NO_REPLY), there.told(heedless.name, detects_duplicates=False)]
        with scenes.playing(played) as stack:
            there.keep(stack.books)
            before = gauges.peak_mb(stack)
            submitting.by_interface(stack, 1, seed=tally.seed)
            verdicts.see_told(stack, well)
            tally.mended()
            scenes.all_told(stack)
            tally.well()
            for name, code in NO_REPLY.items():
                first, *_, last = verdicts.heard(stack)[name]
                assert first.outcome == "ambiguous"
                assert first.code in {code, *(LATE if code in CUT else ())}, name
                assert last.words == ("duplicate", "http-409"), name
                assert stack.metric("tellusonce_attempt_failures_total", recipient=name, code=first.code) >= 1
                assert stack.metric("tellusonce_reply_bytes_total", recipient=name) < 2 * 2**20
            assert gauges.peak_mb(stack) - before < MOST_GROWTH_MB
            assert verdicts.standing(stack)[heedless.name] == {("failed", "outcome-unknown")}
            assert stack.metric("tellusonce_failed_deliveries") == 1
            tally.hold(reckonings.reckon(stack, undetected={heedless.name}))


# F18


@pytest.mark.fault("F18")
def test_not_a_byte_follows_a_redirect_and_sending_stops(tally: Tally, tmp_path: Path) -> None:
    """F18: redirects 301, 302, 307, 308 to itself, another host, a metadata address, plain http: not a byte leaves."""
    well, authority = [*recipients.several(3), *recipients.several(1, style="soap")], Authority()
    with ExitStack() as exits:
        elsewhere = exits.enter_context(eavesdropping())
        to = {where.replace(" ", "-"): target.format(port=elsewhere.port) for where, target in REDIRECTS.items()}
        told = {f"says-{code}-to-{where}": (code, to[where]) for code in (301, 302, 307, 308) for where in to}
        asked = {name: urlencode({"code": code, "location": target}) for name, (code, target) in told.items()}
        heedless = Rogue("heedless", ways.status, asked=next(iter(asked.values())))
        there = exits.enter_context(
            rogues.playing(heedless, *(Rogue(name, ways.status, asked=asked[name]) for name in told), DOWNGRADING)
        )
        door = exits.enter_context(downgrading(there, authority, elsewhere.url("ok")))
        played = [
            *well,
            *map(there.told, told),
            there.told(heedless.name, detects_duplicates=False),
            door,
        ]
        names = {*told, door.name}
        settings = naming.settings(tmp_path, {SECURE: [HERE]}) | {"SECRETS": secrets(authority)}
        with scenes.playing(played, **settings) as stack:
            there.keep(stack.books)
            submitting.by_interface(stack, 1, seed=tally.seed)
            verdicts.see_told(stack, well)
            verdicts.see_words(stack, dict.fromkeys(names, ("misconfigured", "redirected")))
            stack.wait_for(lambda: len(verdicts.paused(stack)) > len(names), why="Sending did not stop.")
            assert verdicts.paused(stack) == dict.fromkeys({*names, heedless.name}, "redirected")
            assert stack.metric("tellusonce_mailboxes_paused") == len(names) + 1
            assert verdicts.standing(stack)[heedless.name] == {("failed", "outcome-unknown")}
            came = [each["recipient"] for each in reckonings.read_books(stack.books) if each["recipient"] in names]
            assert sorted(came) == sorted(names)
            tally.mended()
            verdicts.put_right(stack, resume=names)
            scenes.all_told(stack)
            tally.well()
            assert (elsewhere.heard, elsewhere.connections, there.strays) == ([], 0, [])
            tally.hold(reckonings.reckon(stack, undetected={heedless.name}))


DOWNGRADING = Rogue("says-307-to-no-tls", rogues.well)


@contextmanager
def downgrading(there: Rogues, authority: Authority, target: str) -> Iterator[Played]:
    """Play a server that speaks TLS and points at one that does not, once."""

    def say(connection: socket.socket) -> None:
        there.note(DOWNGRADING.name, door.heads[-1] + b"\r\n\r\n", door.bodies[-1])
        connection.sendall(reply(307, Location=target) if len(door.heads) == 1 else reply(202))

    with peer(say, tls=authority.server(name=SECURE)) as door:
        route: JSON = {"settings": {"tls": {"authority": "authority"}}}
        yield there.told(DOWNGRADING.name, at=f"https://{SECURE}:{door.port}", route=route)


# F19

INSIDE = "127.0.0.2"  # where nothing may go; the recipients are at 127.0.0.1, the one address that is allowed
LEADING: Mapping[str, list[naming.Answer]] = {
    "private": [[INSIDE]],
    "among-others": [[*HERE, INSIDE]],
    "mapped": [[f"::ffff:{INSIDE}"]],
    "nowhere": [[str(socket.inet_ntoa(b"\0\0\0\0"))]],
    "nowhere-mapped": [["::ffff:0.0.0.0"]],
    "metadata": [["169.254.169.254"]],
    "translated": [["64:ff9b::7f00:2"]],
}
REBINDING = "rebinding"
LITERAL: Mapping[str, str] = {"literal": INSIDE, "literal-mapped": f"[::ffff:{INSIDE}]"}
DISGUISED = (
    "http://2130706434/in",
    "http://0x7f000002/in",
    "http://0177.0.0.2/in",
    "http://127.2/in",
    "http://0/in",
    "http://0.0.0.0/in",
    "http://user:word@northmoor.example/in",
    "http://northmoor.example@127.0.0.2/in",
    "http://169.254.169.254/latest/meta-data/",
)


@pytest.mark.fault("F19")
def test_no_name_and_no_disguise_leads_where_nothing_may_go(tally: Tally, tmp_path: Path) -> None:
    """F19: DNS rebinding; IPv4-mapped IPv6; 0.0.0.0; decimal address; userinfo in the URL."""
    well = scenes.cast()
    answers = {f"{name}.example": given for name, given in LEADING.items()}
    answers[f"{REBINDING}.example"] = [HERE, [INSIDE]]
    names = [*LEADING, REBINDING]
    folk = [
        *(Rogue(name, rogues.well) for name in (*LEADING, *LITERAL)),
        Rogue(REBINDING, ways.closes),
    ]
    with rogues.playing(*folk) as there, socket.create_server((INSIDE, there.port)) as inside:
        inside.settimeout(0)
        played = [
            *well,
            *(there.told(name, at=f"http://{name}.example:{there.port}") for name in names),
            *(there.told(name, at=f"http://{host}:{there.port}") for name, host in LITERAL.items()),
        ]
        settings = naming.settings(tmp_path, answers) | {"EGRESS_PRIVATE_NETWORKS": "127.0.0.1/32"}
        with scenes.playing(played, **settings) as stack:
            there.keep(stack.books)
            refused_at_the_door(stack, played)
            submitting.by_interface(stack, 1, seed=tally.seed)
            verdicts.see_told(stack, well)
            verdicts.see_words(stack, dict.fromkeys(LEADING, ("misconfigured", "address-not-public")))
            stack.wait_for(lambda: len(verdicts.paused(stack)) == len(names) + len(LITERAL), why="Sending went on.")
            tries = [each.words for each in verdicts.heard(stack)[REBINDING]]
            assert tries == [("ambiguous", "connection-lost"), ("misconfigured", "address-not-public")]
            assert {verdicts.paused(stack)[name] for name in names} == {"address-not-public"}
            assert stack.metric("tellusonce_mailboxes_paused") == len(names) + len(LITERAL)
            nobody_called(inside)
            tally.mended()
            naming.say(tmp_path, {host: [HERE] for host in answers})
            verdicts.put_right(stack, resume=names)
            stack.wait_for(lambda: verdicts.are_told(stack, names), why="Somebody who mended was not told.")
            tally.well()
            nobody_called(inside)
            assert not there.strays
            tally.hold(reckonings.reckon(stack, untold=dict.fromkeys(LITERAL, ("pending", ""))))


def nobody_called(inside: socket.socket) -> None:
    """See that nobody has ever connected there."""
    with pytest.raises(BlockingIOError):
        inside.accept()


def refused_at_the_door(stack: Stack, played: list[Played]) -> None:
    """See that no catalogue comes into force that has an address in disguise, and each is named to whoever wrote it."""
    with pytest.raises(services.CannotStart):
        stack.apply([*played, *(Played(f"disguised-{n}", address=each) for n, each in enumerate(DISGUISED))])
    stack.recipients = played
    assert [each for each in DISGUISED if not stack.has_logged(each, by="manage")] == []
