"""A channel that cannot work is refused in one sentence before anything starts."""

import pytest

from tests.ground.test_settings import ENOUGH, manage

UUID = "0f3f2a34-6d5e-4e8e-9d3c-1f5b8a9c7e21"
SMTP = {"NOTICES_CHANNEL": "smtp", "EMAIL_HOST": "mail.example", "NOTICES_FROM": "no-reply@northmoor.example"}
NOTIFY = {
    "NOTICES_CHANNEL": "notify",
    "NOTIFY_API_KEY": f"northmoor-{UUID}-{UUID}",
    "NOTIFY_EMAIL_TEMPLATE": UUID,
    "NOTIFY_TEXT_TEMPLATE": UUID,
}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"NOTICES_CHANNEL": "pigeon"}, "NOTICES_CHANNEL has to be console, smtp or notify"),
        (SMTP | {"EMAIL_HOST": ""}, "Set EMAIL_HOST: "),
        (SMTP | {"NOTICES_FROM": ""}, "Set NOTICES_FROM: "),
        (SMTP | {"EMAIL_USE_TLS": "false"}, "EMAIL_USE_TLS may only be false"),
        (NOTIFY | {"NOTIFY_API_KEY": ""}, "Set NOTIFY_API_KEY: "),
        (NOTIFY | {"NOTIFY_API_KEY": UUID}, "NOTIFY_API_KEY is not whole"),
        (NOTIFY | {"NOTIFY_URL": "http://notify.example"}, "NOTIFY_URL has to begin with https://"),
        (NOTIFY | {"NOTIFY_TEXT_TEMPLATE": ""}, "Set NOTIFY_TEXT_TEMPLATE: "),
    ],
)
def test_a_channel_that_cannot_work_is_refused(wrong: dict[str, str], words: str) -> None:
    result = manage("check", **ENOUGH, **wrong)
    assert result.returncode == 2
    assert result.stderr.startswith(words)
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("right", [SMTP, NOTIFY, {"NOTICES_CHANNEL": "console"}])
def test_a_channel_with_all_it_needs_starts(right: dict[str, str]) -> None:
    assert manage("check", **ENOUGH, **right).returncode == 0
