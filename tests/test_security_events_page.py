"""What docs/security-events.md shows is true: its token, its route, its polls and its code."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from adapters import event_tokens, life_events, security_event_poll, security_events
from adapters.contract import Content
from adapters.simulator.config import Simulator
from tellusonce import events
from tellusonce.api.security_events import PollIn, PollOut
from tests.adapters import event_schemas
from tests.adapters.examples import endpoint, message

PAGE = (Path(__file__).parents[1] / "docs/security-events.md").read_text(encoding="utf-8")
KEY = ECKey.generate_key("P-256")
PUBLISHED = {"keys": [{**KEY.as_dict(private=False), "kid": KEY.thumbprint()}]}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def signed(claims: Any) -> str:
    content = Content(json.dumps(claims).encode(), event_tokens.MEDIA_TYPE)
    return event_tokens.sign(content, keys={event_tokens.KEY: KEY.as_pem(private=True).decode()}).decode()


def test_the_token_on_the_page_has_the_shape_of_ours() -> None:
    token = json.loads(blocks("json")[0])
    jsonschema.validate(token, event_schemas.CLAIMS)
    (uri,) = token["events"]
    jsonschema.validate(token["events"][uri], event_schemas.EVENT)
    jsonschema.validate(token["events"][uri], event_schemas.EVENTS[uri])


def test_the_code_on_the_page_reads_what_we_sign_and_nothing_else() -> None:
    known: dict[str, Any] = {}
    exec(blocks("python")[0], known)  # noqa: S102 - it is our own page
    claims = json.loads(blocks("json")[0])
    expected = {"issuer": claims["iss"], "audience": claims["aud"]}
    assert known["read"](signed(claims), PUBLISHED, **expected) == claims
    with pytest.raises(ValueError, match="not for us"):
        known["read"](signed(claims), PUBLISHED, **{**expected, "audience": "urn:somebody"})
    with pytest.raises(JoseError):
        known["read"](signed(claims)[:-8] + "AAAAAAAA", PUBLISHED, **expected)


def test_the_route_on_the_page_is_in_order() -> None:
    route, _ = map(yaml.safe_load, blocks("yaml"))
    assert security_events.check(endpoint(route["adapter"], route["settings"])) == ()
    polled = {name: value for name, value in route["settings"].items() if name != "auth"}
    assert security_event_poll.check(endpoint("security-event-poll", polled)) == ()


def test_the_rehearsal_on_the_page_can_be_played() -> None:
    _, rehearsal = map(yaml.safe_load, blocks("yaml"))
    played = Simulator.model_validate(rehearsal)
    assert [each.style for each in played.recipients] == ["security-events", "security-event-poll"]


def test_the_poll_on_the_page_is_understood() -> None:
    asked, answered = map(json.loads, blocks("json")[1:])
    assert set(asked) <= set(PollIn.model_fields)
    PollIn.model_validate(asked)
    assert PollOut.model_validate(answered).model_dump() == answered


@pytest.mark.parametrize("kind", sorted(events.kinds()))
def test_the_events_of_each_kind_are_on_the_page(kind: str) -> None:
    fields = {"registration": {"number": "7"}}
    for purpose in ("notify", "correct"):
        said = life_events.say(message(fields, kind=kind, purpose=purpose), register=life_events.GENERAL_REGISTER)
        assert f"`{said.uri}`" in PAGE


def test_every_error_and_setting_is_on_the_page() -> None:
    words = {*security_events.ERRORS, *security_events.Options.model_fields}
    assert [word for word in sorted(words) if f"`{word}`" not in PAGE] == []
