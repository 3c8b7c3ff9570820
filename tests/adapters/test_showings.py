"""What is shown of a request, and what never is."""

import pytest

from adapters import showings
from adapters.contract import Request, TokenDemand

KEYS = {"long": "s3cret-s3cret", "longer": "s3cret-s3cret-and-more", "short": "abc"}
TOKEN = '<w:Password xmlns:w="urn:w" Type="x#PasswordDigest">Zm9v</w:Password>'


def shown(body: bytes = b"", **headers: str) -> str:
    return "\n".join(showings.shown(Request("https://northmoor.example/in", headers, body), keys=KEYS))


@pytest.mark.parametrize(
    ("body", "headers", "hidden"),
    [
        (b"", {"Authorization": "Basic dHVvOnMz"}, "dHVv"),
        (b"", {"Cookie": "session=1"}, "session"),
        (b"", {"X-Key": "s3cret-s3cret"}, "s3cret"),
        (b"", {"X-Key": "s3cret-s3cret-and-more"}, "more"),
        (f"<a>{TOKEN}</a>".encode(), {}, "Zm9v"),
        (b"<a><Password>abc</Password></a>", {}, "abc"),
        (b"<a><Password>abc</Password", {}, "abc"),
        (b'{"token": "s3cret-s3cret"}', {}, "s3cret"),
    ],
)
def test_nothing_is_shown_by_which_somebody_could_pretend_to_be_us(
    body: bytes, headers: dict[str, str], hidden: str
) -> None:
    told = shown(body, **headers)
    assert hidden not in told
    assert showings.MASK in told


def test_a_token_that_would_be_fetched_is_said() -> None:
    demand = TokenDemand("https://tokens.northmoor.example/", "tuo", "s3cret-s3cret", "client_secret_post")
    told = list(showings.shown(Request("https://northmoor.example/in", {}, b"", token=demand), keys={}))
    assert told[1] == "Authorization: Bearer ******** (fetched from https://tokens.northmoor.example/ first)"
    assert "s3cret" not in "".join(told)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<a><b>1</b></a>", "<a>\n  <b>1</b>\n</a>"),
        (b'{"a": 1}', '{"a": 1}'),
        (b"\xff", "\ufffd"),
    ],
)
def test_the_rest_is_shown_as_it_is_and_xml_is_laid_out(body: bytes, expected: str) -> None:
    assert shown(body, Accept="text/xml") == f"POST https://northmoor.example/in\nAccept: text/xml\n\n{expected}"
