"""The interface describes itself: every operation, its scope, the kinds and what can go wrong."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from django.test import Client
from ninja.operation import Operation

from tellusonce import events
from tellusonce.api.doors import Scope
from tellusonce.api.service import api
from tests import factories

WRITES_NOTHING = "/receipts/verification"
# RFC 8936: what is acknowledged twice is known by its jti; Standard Webhooks: by its id.
KNOWN_BY_ID = ("/security-events/{recipient}", "/webhooks/{client_id}")
OPEN_TO_ALL = {"/kinds", "/kinds/{kind}/schema", WRITES_NOTHING}
PREFIX = "/api/v1"


def operations() -> Iterator[tuple[str, Operation]]:
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            yield from ((path, operation) for operation in view.operations)


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    described: dict[str, Any] = Client().get(f"{PREFIX}/openapi.json", secure=True).json()
    return described


def test_there_are_operations() -> None:
    assert len(list(operations())) >= 13


@pytest.mark.parametrize(
    ("path", "operation"), [pytest.param(*each, id=f"{each[1].methods[0]} {each[0]}") for each in operations()]
)
def test_every_operation_asks_for_one_scope_that_there_is(path: str, operation: Operation, settings: Any) -> None:
    scopes = [each.scope for each in operation.auth_callbacks if isinstance(each, Scope)]
    if path in OPEN_TO_ALL:
        assert operation.auth_callbacks == []
    else:
        assert len(scopes) == len(operation.auth_callbacks) == 1
        assert scopes[0] in settings.OAUTH2_PROVIDER["SCOPES"]


def test_it_is_described_in_openapi_3_1_with_scopes_keys_and_problems(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    begun = described["paths"][f"{PREFIX}/reports"]["post"]
    assert begun["security"] == [{"oauth2": ["reports:start"]}]
    assert [each["name"] for each in begun["parameters"]] == ["Idempotency-Key"]
    assert "application/problem+json" in begun["responses"]["default"]["content"]
    assert set(described["components"]["securitySchemes"]) == {"oauth2"}
    patched = described["paths"][f"{PREFIX}/reports/{{report_id}}/answers"]["patch"]
    assert set(patched["requestBody"]["content"]) == {"application/json", "application/merge-patch+json"}


def test_every_write_asks_for_a_key_and_no_read_does(described: dict[str, Any]) -> None:
    for path, operations_there in described["paths"].items():
        for method, operation in operations_there.items():
            asks = "Idempotency-Key" in {each["name"] for each in operation.get("parameters", [])}
            assert asks is (method != "get" and not path.endswith((WRITES_NOTHING, *KNOWN_BY_ID)))


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    assert set(events.kinds()) <= set(schemas)
    assert "Problem" in schemas
    assert all(name.removeprefix("#/components/schemas/") in schemas for name in references(described))


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for below in value.values():
            yield from references(below)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_no_page_of_documentation_is_fetched_from_elsewhere() -> None:
    assert Client().get(f"{PREFIX}/docs", secure=True).status_code == 404


def test_the_kinds_are_listed_with_their_evidence() -> None:
    items = {each["name"]: each for each in Client().get(f"{PREFIX}/kinds", secure=True).json()["items"]}
    assert items["death"]["evidence"] == ["register-entry", "coroners-certificate"]
    assert items["death"]["schema_url"] == f"{PREFIX}/kinds/death/schema"
    assert items["move"]["evidence"] == []


def test_a_kinds_schema_takes_what_the_service_takes() -> None:
    schema = Client().get(f"{PREFIX}/kinds/death/schema", secure=True).json()
    jsonschema.Draft202012Validator.check_schema(schema)
    told = factories.TOLD | {"subject": factories.ENTRY["subject"] | factories.TOLD["subject"]}
    jsonschema.validate(told, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told | {"surprise": 1}, schema)


def test_there_is_no_schema_of_a_kind_that_is_none() -> None:
    response = Client().get(f"{PREFIX}/kinds/wedding/schema", secure=True)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
