"""A receipt says what was consented to, to anybody who has the public keys, and to nobody who has changed it."""

import base64
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from identity import keyrings, receipts, signatures, vault

RECORD = {
    "metadata": {"record_id": "1", "pii_principal_id": "report:1"},
    "pii_processing": {
        "privacy_notice": {"wording": "tell-recipient/1", "text": ["Môr a mynydd"]},
        "purposes": [
            {
                "pii_information": [{"title": "Surname"}],
                "agreement": {"version": "lantern/1", "document_reference": "LT/1"},
            }
        ],
    },
    "party_identification": [{"party_name": "The Lantern Trust"}],
    "event": {"event_state": "given", "event_time": "2026-11-22T12:00:00+00:00", "entity_id": "northmoor/journey"},
}
KEYS = keyrings.generate()
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(autouse=True)
def one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_KEYS", KEYS)


def verified(receipt: str) -> dict[str, Any]:
    return receipts.verify(receipt, published=signatures.public_keys())


def fault(receipt: str) -> str:
    with pytest.raises(receipts.BadReceipt) as refused:
        verified(receipt)
    return str(refused.value)


def encoded(value: Any) -> str:
    return (
        base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode().rstrip("=")
    )


def decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def changed(receipt: str, part: int, **members: Any) -> str:
    parts = receipt.split(".")
    parts[part] = encoded({**decoded(parts[part]), **members})
    return ".".join(parts)


def test_a_receipt_verifies_and_gives_the_record_back() -> None:
    assert verified(receipts.issue(RECORD)) == RECORD
    assert verified(f"{receipts.issue(RECORD)}\n") == RECORD
    assert receipts.read(receipts.issue(RECORD)) == RECORD


def test_a_library_that_is_not_ours_verifies_it_with_the_published_key() -> None:
    """RFC 8037, appendix A.5: Ed25519 validation with nothing but the public JWK."""
    (published,) = signatures.public_keys()["keys"]
    assert set(published) == {"kty", "crv", "x", "kid", "alg", "use"}
    content = jws.deserialize_compact(
        receipts.issue(RECORD), OKPKey.import_key(published), algorithms=["Ed25519"]
    ).payload
    assert json.loads(content)["event"] == RECORD["event"]


@given(st.data())
def test_no_byte_can_be_changed(data: st.DataObject) -> None:
    receipt = receipts.issue(RECORD)
    place = data.draw(st.integers(0, len(receipt) - 1))
    other = data.draw(st.sampled_from(LETTERS + ".=+/ é").filter(lambda letter: letter != receipt[place]))
    tampered = receipt[:place] + other + receipt[place + 1 :]
    if tampered.strip() != receipt:
        assert fault(tampered)


@given(st.data())
def test_no_byte_can_be_added_or_taken_away(data: st.DataObject) -> None:
    receipt = receipts.issue(RECORD)
    place = data.draw(st.integers(0, len(receipt) - 1))
    assert fault(receipt[:place] + receipt[place + 1 :])
    assert fault(receipt[:place] + data.draw(st.sampled_from(LETTERS + ".")) + receipt[place:])


@given(st.text(max_size=200))
def test_what_is_no_receipt_is_refused_in_a_sentence(text: str) -> None:
    assert fault(text).endswith(".")


@pytest.mark.parametrize("part", receipts.RECORD)
def test_the_part_that_was_changed_is_named(part: str) -> None:
    said = fault(changed(receipts.issue(RECORD), 1, **{part: {"event_state": "refused"}}))
    assert said == f"The signature does not fit: the content was changed in {part}."


def test_several_changed_parts_are_all_named() -> None:
    said = fault(changed(receipts.issue(RECORD), 1, event={}, metadata={}))
    assert "changed in metadata and event" in said


def test_content_that_cannot_be_read_any_more_is_said_to_be_so() -> None:
    header, _, signature = receipts.issue(RECORD).split(".")
    assert "can no longer be read" in fault(f"{header}.{encoded(b'nonsense')}.{signature}")
    assert "can no longer be read" in fault(f"{header}.{encoded({'event': {}})}.{signature}")


def test_a_changed_signature_is_told_from_changed_content() -> None:
    header, content, _ = receipts.issue(RECORD).split(".")
    assert "or the signature itself" in fault(f"{header}.{content}.{encoded(bytes(64))}")


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"alg": "none"}, "does not say alg Ed25519"),
        ({"alg": "HS256"}, "does not say alg Ed25519"),
        ({"typ": "JWT"}, "does not say typ consent-receipt+jwt"),
        ({"kid": "another"}, "not among the public keys"),
        ({"kid": 7}, "alg, kid and typ and nothing else"),
        ({"jwk": {}}, "alg, kid and typ and nothing else"),
    ],
)
def test_a_changed_header_is_named(members: dict[str, Any], words: str) -> None:
    assert words in fault(changed(receipts.issue(RECORD), 0, **members))


def test_a_receipt_of_another_service_does_not_verify(monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = receipts.issue(RECORD)
    monkeypatch.setenv("VAULT_KEYS", keyrings.generate())
    assert "not among the public keys" in fault(receipt)


def test_something_else_that_we_signed_is_no_receipt() -> None:
    assert "does not say typ" in fault(signatures.sign(b"{}", type_="ledger-head+jwt"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "this has 1"),
        ("a.b", "this has 2"),
        ("a.b.c.d", "this has 4"),
        ("x" * 20_000, "longer than 16384"),
        ("e30.e30.", "signature is not base64url"),
        ("e31.e30.e30", "header is not base64url"),
        ("W10.e30.e30", "header is not a JSON object"),
        ("YQ.e30.e30", "header is not a JSON object"),
    ],
)
def test_exactly_what_is_wrong_is_said(text: str, words: str) -> None:
    assert words in fault(text)


def test_the_newest_key_signs_and_the_older_ones_still_verify(monkeypatch: pytest.MonkeyPatch) -> None:
    old = receipts.issue(RECORD)
    ring = json.loads(KEYS)
    ring["signing"]["2"] = json.loads(keyrings.generate())["signing"]["1"]
    monkeypatch.setenv("VAULT_KEYS", json.dumps(ring))
    newest, older = signatures.public_keys()["keys"]
    assert decoded(old.split(".")[0])["kid"] == older["kid"]
    assert decoded(receipts.issue(RECORD).split(".")[0])["kid"] == newest["kid"]
    assert verified(old) == RECORD


def test_a_keyring_from_before_there_were_signatures_opens_and_signs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = json.loads(KEYS)
    del ring["signing"]
    monkeypatch.setenv("VAULT_KEYS", json.dumps(ring))
    assert vault.keys().masters
    assert signatures.public_keys() == {"keys": []}
    with pytest.raises(vault.KeyMissing, match="'signing' is missing: `python"):
        receipts.issue(RECORD)


@pytest.mark.parametrize("published", [{}, {"keys": 7}, {"keys": [7]}, {"keys": [{"kty": "OKP"}]}, []])
def test_what_is_no_jwk_set_is_refused(published: Any) -> None:
    with pytest.raises(ValueError, match="public keys"):
        receipts.verify(receipts.issue(RECORD), published=published)


def test_keys_of_other_types_beside_ours_do_no_harm() -> None:
    others = {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}, *signatures.public_keys()["keys"]]}
    assert receipts.verify(receipts.issue(RECORD), published=others) == RECORD


# On the command line


def run(*words: str) -> str:
    out = StringIO()
    call_command("receipt", *words, stdout=out)
    return out.getvalue()


def refusal(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as refused:
        run(*words)
    return refused.value.returncode, str(refused.value)


def test_a_file_is_verified_offline_with_our_keys_or_with_published_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, keys = tmp_path / "receipt.jws", tmp_path / "jwks.json"
    file.write_text(receipts.issue(RECORD) + "\n")
    keys.write_text(run("keys"))
    said = run("verify", str(file))
    assert said.startswith("This receipt is as it was issued.\nconsent:   given at 2026-11-22T12:00:00+00:00")
    assert "recipient: The Lantern Trust" in said
    assert json.loads(run("verify", str(file), "--json")) == RECORD
    monkeypatch.setenv("VAULT_KEYS", keyrings.generate())
    assert refusal("verify", str(file))[0] == 1
    assert run("verify", str(file), "--keys", str(keys)) == said


def test_a_tampered_file_ends_with_status_1_and_says_where(tmp_path: Path) -> None:
    file = tmp_path / "receipt.jws"
    file.write_text(changed(receipts.issue(RECORD), 1, event={}))
    assert refusal("verify", str(file)) == (
        1,
        "This receipt is not as it was issued. The signature does not fit: the content was changed in event.",
    )


@pytest.mark.parametrize("keys", ["", "nonsense", "[]", "{}"])
def test_keys_that_cannot_be_used_end_with_status_2(tmp_path: Path, keys: str) -> None:
    file, published = tmp_path / "receipt.jws", tmp_path / "jwks.json"
    file.write_text(receipts.issue(RECORD))
    published.write_text(keys)
    assert refusal("verify", str(file), "--keys", str(published))[0] == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    status, said = refusal("verify", str(tmp_path / "none"))
    assert (status, said) == (2, f"{tmp_path / 'none'} cannot be read: No such file or directory.")
