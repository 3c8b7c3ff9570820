"""A journey that cannot fail shows nothing: the demonstration with something wrong in it on purpose."""

from pathlib import Path

import pytest

from tests.journeys import leaks
from tests.journeys.demos import PATIENT, QUICK, Demo
from tests.journeys.leaks import Listener
from tests.mutants.apps import DROPPED

pytestmark = pytest.mark.journey

SHORT = {**QUICK, "DEMO_SECONDS": "30"}  # nothing can end it sooner


def test_a_dropped_delivery_makes_it_fail(spoilt: Path) -> None:
    settings = {**PATIENT, "DJANGO_SETTINGS_MODULE": "tests.mutants.dropping"}
    with Demo(spoilt, "--exit", module="tests.mutants.waiting", **settings) as demo:
        assert demo.ended() == 1, demo.said
    assert demo.figures["lost"] == 1
    assert f"{DROPPED} never got what it is owed." in demo.said


def test_a_new_id_for_each_try_makes_it_fail(spoilt: Path) -> None:
    with Demo(spoilt, "--exit", DJANGO_SETTINGS_MODULE="tests.mutants.renaming", **SHORT) as demo:
        assert demo.ended() == 1, demo.said
    assert demo.figures["duplicates"] >= 1


def test_a_name_that_leaks_is_found_wherever_it_went(spoilt: Path) -> None:
    with Demo(spoilt, "--exit", DJANGO_SETTINGS_MODULE="tests.mutants.leaking", **QUICK) as demo:
        demo.wait_for(demo.is_on_stage)
        with Listener(demo.addresses()["broker"]) as listener:
            demo.wait_for(lambda: len(demo.told()) > 3)
        database, logs = leaks.dumped(demo.addresses()["database"]), leaks.logged(spoilt)
    names = leaks.family_names()
    assert names & leaks.found_in(logs)
    assert names & leaks.found_in(database)
    assert "01632960417" in leaks.found_in(listener.heard)
