"""What a simulator plays: one YAML file, read into models that can also write it."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from adapters.simulator.steps import Seconds, Step, Strict

Style = Literal["rest", "soap", "inbox", "file", "mail", "security-events", "security-event-poll"]
FETCHING = ("inbox", "file", "security-event-poll")
# Those that are not called, but come for it or are written to.
NOT_CALLED = (*FETCHING, "mail")
# What a behaviour may hold where it is less than everything: tokens are answered by nothing but a confirmation.
MAY: dict[str, set[str]] = {
    "inbox": {"answer", "not_known", "confirm", "delay_s"},
    "file": {"confirm"},
    "mail": {"answer", "not_known", "confirm"},
    "security-event-poll": {"confirm", "delay_s", "refuse"},
    "security-events": {"confirm", "delay_s", "refuse", "fail_first", "never_answers", "drop", "malformed", "hostile"},
}
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class ConfigError(Exception):
    """The file cannot be used; the text says what is wrong and where, a line for each fault."""


class Soap(Strict):
    """The port that a SOAP recipient offers; no `operations` means all of the port's."""

    wsdl: Path
    service: str
    port: str
    operations: tuple[str, ...] = ()
    validates: bool = True


class Requires(Strict):
    """What a caller must show: any that is set must hold.

    `hmac` is a Standard Webhooks secret (``whsec_...``). The last two are WS-Security's: the password of a
    UsernameToken, whoever shows it, and the certificate (PEM) by which a SOAP message has to be signed.
    """

    bearer: str | None = Field(default=None, repr=False)
    basic: str | None = Field(default=None, repr=False, description="user:password")
    hmac: str | None = Field(default=None, repr=False)
    oauth2: str | None = Field(default=None, repr=False, description="client:secret, for tokens at /oauth/NAME")
    token_s: Seconds = 300
    username_token: str | None = Field(default=None, repr=False)
    signed_by: str | None = None


class Events(Strict):
    """Whose Security Event Tokens are taken, and for whom they have to be."""

    issuer: str
    audience: str


class Recipient(Strict):
    """One recipient.

    `message_id`, `reference` and `sequence` say where those stand: ``header:NAME``, or the end of a dotted path of
    JSON keys or XML local names (attributes as ``@name``). `replies` gives the body of a reply by word:
    ``taken``, ``duplicate`` or an outcome; its texts may hold ``{message_id}``, ``{reference}``, ``{sequence}``,
    ``{their_reference}``, ``{today}`` and ``{now}``.
    """

    name: Slug
    style: Style
    client: str = ""
    message_id: str = "header:webhook-id"
    reference: str = "message.reference"
    sequence: str = "message.sequence"
    detects_duplicates: bool = True
    duplicate_status: Literal[200, 202, 409] = 200
    behaviour: tuple[Step, ...] = ()
    replies: dict[str, Any] = Field(default_factory=dict)
    soap: Soap | None = None
    events: Events | None = None
    mail: str = ""
    opens_with: str = Field(default="", repr=False, description="The private key of age with which files are opened")
    requires: Requires = Requires()
    poll_every_s: Annotated[float, Field(gt=0, le=3600)] = 1

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for holds, remedy in self._rules():
            if not holds:
                raise ValueError(f"{self.name}: {remedy}")
        return self

    def _rules(self) -> list[tuple[bool, str]]:
        names = {step.name for step in self.behaviour}
        confirms = ("confirm" in names and self.style != "mail") or self.style in FETCHING
        may = MAY.get(self.style, names)
        return [
            (self.style.startswith("security-event") == (self.events is not None), "events go with their styles alone"),
            ((self.style == "mail") == (self.mail != ""), "an address for mail goes with style mail, and only with it"),
            ((self.style == "soap") == (self.soap is not None), "soap settings go with style soap, and only with it"),
            (self.style != "soap" or "taken" in self.replies, "a soap recipient needs replies.taken"),
            (self.client != "" or not confirms, "whoever confirms or polls needs a client"),
            (names <= may, f"{self.style} only does these: {', '.join(sorted(may))}"),
            (self.style == "soap" or not any(step.is_fault for step in self.behaviour), "only soap has faults"),
            (len(names & {"answer", "not_known"}) < 2, "answer once"),  # noqa: PLR2004
        ]


class Client(Strict):
    """An organisation's credentials at the service."""

    id: str
    secret: str = Field(repr=False)
    scope: str = "confirmations:write inbox:read"


class Service(Strict):
    """Where the service is that sends to us and takes our confirmations."""

    url: str
    token_url: str
    patience_tries: Annotated[int, Field(ge=1, le=1000)] = 40
    longest_pause_s: Seconds = 20


class Simulator(Strict):
    """The whole file."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 0
    port_file: Path | None = None
    mail_port: Annotated[int, Field(ge=1, le=65_535)] | None = Field(
        default=None, description="Where mail is taken for recipients of style mail; left out: nowhere"
    )
    books: Path
    keep_bodies: bool = False
    service: Service | None = None
    clients: dict[str, Client] = Field(default_factory=dict)
    recipients: tuple[Recipient, ...]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [recipient.name for recipient in self.recipients]
        twice = sorted({name for name in names if names.count(name) > 1})
        unknown = sorted({r.client for r in self.recipients if r.client} - self.clients.keys())
        if not names:
            raise ValueError("give at least one recipient")
        if twice or unknown:
            raise ValueError(f"named twice: {', '.join(twice)}" if twice else f"no such client: {', '.join(unknown)}")
        if self.service is None and any(each.client or each.events or each.mail for each in self.recipients):
            raise ValueError("recipients with a client, events or mail need a service")
        return self


def load(path: Path) -> Simulator:
    """Read a file. Raises ConfigError. Relative paths in it are relative to the working directory."""
    try:
        return Simulator.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = getattr(error, "problem_mark", None)
        raise ConfigError(f"{path}: not YAML{f', line {where.line + 1}' if where else ''}.") from error
    except ValidationError as error:
        raise ConfigError("\n".join(_sentence(path, fault) for fault in error.errors())) from error


def _sentence(path: Path, fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "the file"
    return f"{path}: {where}: {fault['msg'].removeprefix('Value error, ')}."


def write(simulator: Simulator, path: Path) -> None:
    """Write a file that `load` reads back as the same; only its owner may read it, for it holds secrets."""
    path.touch(mode=0o600)
    text = yaml.safe_dump(simulator.model_dump(mode="json", exclude_unset=True), sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
