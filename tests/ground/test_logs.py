"""Logs hold no personal value, whoever wrote them: neither in a template's arguments nor in an exception's text."""

import json
import logging
import os
import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest

from config import logs

NAME, NINO = "Perdita Quillfeather", "QQ123456C"


def line(logger: str, template: object, *arguments: object, error: BaseException | None = None) -> dict[str, Any]:
    told = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(logger, logging.ERROR, __file__, 1, template, arguments, told)
    written: dict[str, Any] = json.loads(logs.Line().format(record))
    return written


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def test_our_own_ids_and_codes_are_written() -> None:
    said = line("tellusonce.drains", "settled %d of %s: %s", 3, "northmoor-council-tax", "http-503")
    assert said["event"] == "settled 3 of northmoor-council-tax: http-503"
    assert {"at", "level", "logger", "process"} <= said.keys()


@pytest.mark.parametrize("argument", [NAME, NINO, f"/reports?name={NAME}", {"name": NAME}, ValueError(NAME), [NAME]])
def test_a_librarys_arguments_are_not(argument: object) -> None:
    said = str(line("django.request", "Internal Server Error: %s", argument)["event"])
    assert said.startswith("Internal Server Error: ")
    assert NAME not in said
    assert NINO not in said


@pytest.mark.parametrize(
    "argument", [NAME, ValueError(NINO), {"name": NAME}, [NINO], "somebody@example.org", "x" * 121]
)
def test_of_our_own_arguments_only_ids_and_codes_are_written(argument: object) -> None:
    said = str(line("tellusonce.drains", "%s", argument)["event"])
    assert f"<{type(argument).__name__}>" in said or said == "{'name': '<str>'}"


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        (7, "7"),
        (None, "None"),
        (True, "True"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("tellusonce.tasks.drain", "tellusonce.tasks.drain"),
        ("prompt", "prompt"),
    ],
)
def test_what_cannot_be_personal_is_written_whoever_says_it(argument: object, shown: str) -> None:
    assert line("celery.worker", "Task %s", argument)["event"] == f"Task {shown}"


def test_arguments_by_name_are_treated_alike() -> None:
    said = line("celery.app.trace", "Task %(name)s raised %(exc)s", {"name": "tellusonce.tasks.sweep", "exc": NAME})
    assert said["event"] == "Task tellusonce.tasks.sweep raised <str>"


def test_a_template_that_wants_a_number_is_left_as_it_is() -> None:
    assert line("somebody", "%d of them", NAME)["event"] == "%d of them"


def test_an_exception_logged_as_a_message_gives_its_type_alone() -> None:
    assert line("django", ValueError(NAME))["event"] == "<ValueError>"


def test_of_an_exception_the_types_and_places_are_written_and_never_the_text() -> None:
    said = line("tellusonce", "failed", error=raised(RuntimeError(NAME), raised(ValueError(NINO))))
    assert [each["type"] for each in said["error"]] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert said["error"][0]["at"][0].startswith("tests/ground/test_logs.py:")
    assert NAME not in str(said)
    assert NINO not in str(said)


def test_what_was_being_handled_is_told_unless_it_was_suppressed() -> None:
    error = RuntimeError(NAME)
    error.__context__ = ValueError(NINO)
    assert [each["type"] for each in logs.causes(error)] == ["builtins.RuntimeError", "builtins.ValueError"]
    error.__suppress_context__ = True
    assert [each["type"] for each in logs.causes(error)] == ["builtins.RuntimeError"]


def test_what_a_library_attaches_to_a_record_is_left_out() -> None:
    record = logging.makeLogRecord(
        {"name": "django.request", "msg": "Not Found", "request": NAME, "data": {"exc": NINO}}
    )
    assert NAME not in logs.Line().format(record)
    assert NINO not in logs.Line().format(record)


def test_nobody_sees_the_text_of_an_uncaught_exception(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", logs.report_uncaught)
    written: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: written.append(logs.Line().format(record))  # type: ignore[method-assign]
    logging.getLogger("config").addHandler(handler)
    try:
        error = raised(ValueError(NAME))
        sys.excepthook(type(error), error, error.__traceback__)
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    finally:
        logging.getLogger("config").removeHandler(handler)
    (said,) = written
    assert json.loads(said)["error"][0]["type"] == "builtins.ValueError"
    assert NAME not in said + capsys.readouterr().err


@pytest.mark.parametrize("way", ["{}", "import threading; threading.Thread(target=lambda: exec({!r})).start()"])
def test_no_process_of_ours_prints_a_traceback_with_its_text(way: str) -> None:
    failing = way.format(f"raise ValueError({NAME!r})")
    result = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {failing}"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(result.stderr)["error"][0]["type"] == "builtins.ValueError"
    assert NAME not in result.stdout + result.stderr


def test_a_library_that_logs_whole_messages_is_kept_quiet() -> None:
    assert logging.getLogger("zeep").level == logging.WARNING
