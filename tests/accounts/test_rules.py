"""Every way into the service names its rule, and the page says the same as the code."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import Operation

from identity.accounts import Post
from identity.models import Role
from tellusonce import rules
from tellusonce.api.doors import Scope
from tellusonce.api.service import api
from tellusonce.management.commands import roles
from tellusonce.rules import Rule
from tellusonce.visits import urls as visits
from tests import factories
from tests.accounts import visitors

API = "api/v1/"
PAGE = Path(__file__).parents[2] / "docs" / "roles.md"
HERE, THERE = "northmoor", "southmoor"


def routes(patterns: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Walk to every view that has an address."""
    for each in patterns:
        at = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, at)
        elif isinstance(each, URLPattern):
            yield at, each.callback


def operations() -> Iterator[tuple[str, Operation]]:
    """Walk to every operation of the interface, which several may have one address."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            yield from ((f"{operation.methods[0]} {path}", operation) for operation in view.operations)


def rule_of(operation: Operation) -> Any:
    behind = [each.rule for each in operation.auth_callbacks if isinstance(each, Scope)]
    return behind[0] if behind else getattr(operation.view_func, "rule", None)


VIEWS = [
    *((at, view) for at, view in routes(get_resolver().url_patterns) if not at.startswith(API)),
    *routes(visits.development_urlpatterns, "development/sign-in/"),
]
# What django-ninja adds by itself: the description of the interface, and nothing at its root.
ITS_OWN = {f"{API}openapi.json", API}


@pytest.mark.parametrize(("at", "view"), [pytest.param(*each, id=each[0]) for each in VIEWS])
def test_every_view_names_its_rule(at: str, view: Any) -> None:
    assert isinstance(getattr(view, "rule", None), Rule), f"{at} names no rule: see tellusonce/rules.py"


def test_no_way_leads_to_an_administration_of_tables() -> None:
    assert not apps.is_installed("django.contrib.admin")
    assert [at for at, view in VIEWS if "admin" in at or view.__module__.startswith("django.contrib.admin")] == []


@pytest.mark.parametrize(("at", "operation"), [pytest.param(*each, id=each[0]) for each in operations()])
def test_every_operation_names_its_rule(at: str, operation: Operation) -> None:
    assert isinstance(rule_of(operation), Rule), f"{at} names no rule: see tellusonce/rules.py"


def test_the_interface_has_no_address_beside_its_operations() -> None:
    described = {API + path.removeprefix("/").replace("{", "<").replace("}", ">") for path in _paths()}
    found = {at for at, view in routes(get_resolver().url_patterns) if at.startswith(API)}
    plain = {_plain(at) for at in found}
    assert plain == {_plain(at) for at in described} | ITS_OWN
    assert all(isinstance(view, partial) for at, view in routes(get_resolver().url_patterns) if at in ITS_OWN)


def _paths() -> set[str]:
    return {path for router in api._get_bound_routers() for path in router.path_operations}


def _plain(at: str) -> str:
    """Leave out what a parameter is converted by."""
    return "<".join(part.split(":", 1)[-1] if ">" in part else part for part in at.split("<"))


def test_a_view_without_a_rule_would_be_found() -> None:
    def forgotten() -> None: ...

    with pytest.raises(AssertionError, match="names no rule"):
        test_every_view_names_its_rule("somewhere", forgotten)


def test_every_rule_is_used() -> None:
    used = {getattr(view, "rule", None) and view.rule.name for _, view in VIEWS}
    used |= {rule_of(operation).name for _, operation in operations()}
    assert {rule.name for rule in rules.every()} == used


def test_every_rule_lets_somebody_in_and_has_a_name_of_its_own() -> None:
    every = rules.every()
    assert len({rule.name for rule in every}) == len(every) > 10
    assert all(rule.is_for_anyone != bool(rule.roles) for rule in every)


def test_what_anyone_may_do_touches_no_report() -> None:
    assert all("report" not in rule.name and not rule.scope for rule in rules.every() if rule.is_for_anyone)


def test_the_page_is_made_from_the_rules() -> None:
    written = io.StringIO()
    call_command("roles", stdout=written)
    assert written.getvalue() == roles.page()
    assert PAGE.read_text(encoding="utf-8") == roles.page(), "python manage.py roles > docs/roles.md"


# Whom each operation lets in, as roles of the organisation that it is about: written here by hand, so that a slip in
# the rules shows. Everything else is refused.
MAY = {
    "GET /reports": {Role.REGISTRAR, Role.ADVISER, Role.AUDITOR},
    "POST /reports": {Role.REGISTRAR, Role.ADVISER},
    "GET /inbox": {Role.RECIPIENT_OFFICER},
}


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.CITIZEN, Role.HELPER}])
@pytest.mark.parametrize("operation", MAY)
def test_a_role_opens_what_it_may_and_nothing_else(operation: str, role: Role) -> None:
    browser = visitors.signed_in("ada", Post(role, HERE))
    method, path = operation.split()
    if method == "GET":
        answer = browser.get(f"/api/v1{path}")
    else:
        answer = browser.post(f"/api/v1{path}", {"kind": "death"}, **{"Idempotency-Key": "one"})
    assert (answer.status_code in {200, 201}) == (role in MAY[operation])
    assert answer.status_code in {200, 201, 403}


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.ADVISER, Role.AUDITOR])
def test_a_role_for_one_organisation_shows_nothing_of_another(role: Role) -> None:
    report = factories.started()
    browser = visitors.signed_in("ada", Post(role, THERE))
    assert browser.get("/api/v1/reports").json()["items"] == []
    assert browser.get(f"/api/v1/reports/{report.pk}").status_code == 404
    assert browser.get(f"/api/v1/reports/{report.pk}/answers").status_code in {403, 404}


@pytest.mark.django_db
def test_a_role_for_the_whole_service_opens_no_report() -> None:
    report = factories.started()
    for login, role in (("ada", Role.AUDITOR), ("bob", Role.OPERATOR)):
        browser = visitors.signed_in(login, Post(role))
        assert browser.get(f"/api/v1/reports/{report.pk}").status_code in {403, 404}
