"""Settings come from the environment, and what is missing or wrong is said in one sentence."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery.signals import celeryd_init
from django.conf import settings

from config.celery import app

ROOT = Path(__file__).parents[2]
ENOUGH = {
    "SECRET_KEY": "0123456789" * 5,
    "ALLOWED_HOSTS": "tell-us-once.example",
    "DATABASE_URL": "postgresql://somebody:something@127.0.0.1:1/somewhere",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("missing", ENOUGH)
def test_a_missing_variable_is_named_in_one_sentence(missing: str) -> None:
    result = manage("check", **{name: value for name, value in ENOUGH.items() if name != missing})
    assert result.returncode == 2
    assert result.stderr.startswith(f"Set {missing}: ")
    assert result.stderr.count("\n") == 1


def test_a_command_of_ours_says_the_same() -> None:
    result = manage("grant_application_role", "somebody")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)


def test_a_command_may_be_written_with_hyphens() -> None:
    result = manage("restore-erasures", **ENOUGH)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "Set ERASURES_FILE" in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SWEEP_SECONDS", "often"),
        ("COUNCIL_COLOUR", "blue"),
        ("COUNCIL_COLOUR", "#ffcc00"),
        ("COUNCIL_LOGO", "/nowhere/logo.svg"),
        ("REDIS_URL", "localhost:6379"),
        ("BROKER_URL", "sqs://somewhere"),
        ("DATABASE_URL", "somewhere"),
        ("EGRESS_PRIVATE_NETWORKS", "home"),
        ("LOG_LEVEL", "chatty"),
    ],
)
def test_a_wrong_variable_is_named_in_one_sentence(name: str, value: str) -> None:
    result = manage("check", **{**ENOUGH, name: value})
    assert result.returncode == 2
    assert name in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_least_that_must_be_set_gives_a_service_fit_to_deploy() -> None:
    result = manage("check", "--deploy", "--fail-level", "WARNING", **ENOUGH)
    assert result.returncode == 0, result.stderr


def test_debug_cannot_be_turned_on() -> None:
    result = manage(
        "shell", "--command", "from django.conf import settings; print(settings.DEBUG)", **ENOUGH, DEBUG="1"
    )
    assert result.stdout.splitlines()[-1] == "False"


def test_hints_to_the_broker_are_neither_kept_nor_awaited() -> None:
    assert app.conf.task_ignore_result
    assert not app.conf.result_backend
    assert not app.conf.task_publish_retry
    assert app.conf.broker_transport_options["socket_connect_timeout"] <= 0.3
    assert app.conf.broker_transport_options["socket_timeout"] <= 0.5


def test_rabbitmq_is_asked_for_quorum_queues_and_holds_up_nobody() -> None:
    asked = (
        "from django.conf import settings as s; from config.celery import app; o = app.conf.broker_transport_options; "
        "print(app.conf.broker_url, repr(s.REDIS_URL), o['confirm_publish'], o['read_timeout'], o['max_retries'], "
        "app.conf.broker_connection_timeout, {n: q.queue_arguments for n, q in app.amqp.queues.items()})"
    )
    environment = {**ENOUGH, "REDIS_URL": "", "BROKER_URL": "amqp://me@broker.example//"}
    result = manage("shell", "--command", asked, **environment)
    quorum = {"x-queue-type": "quorum"}
    said = f"amqp://me@broker.example// '' True 0.5 0 0.3 {dict.fromkeys(('prompt', 'slow'), quorum)}"
    assert result.stdout.splitlines()[-1] == said, result.stderr


def test_a_lost_worker_loses_no_hint_that_it_had_taken() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.broker_transport_options["visibility_timeout"] > settings.DRAIN_SECONDS
    assert app.conf.broker_connection_max_retries is None


def test_a_worker_waits_longer_for_the_broker_than_a_page_does() -> None:
    conf = SimpleNamespace(broker_transport_options=dict(app.conf.broker_transport_options))
    celeryd_init.send(sender="worker", conf=conf, instance=None, options={})
    assert conf.broker_transport_options["socket_timeout"] == 10
    assert conf.broker_transport_options["global_keyprefix"] == "tell-us-once:"
    assert app.conf.broker_transport_options["socket_timeout"] == 0.5


def test_the_scheduler_does_chores_that_workers_know() -> None:
    app.loader.import_default_modules()
    assert {chore["task"] for chore in app.conf.beat_schedule.values()} <= set(app.tasks)
