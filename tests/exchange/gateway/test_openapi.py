"""The description against the registry and against what the server accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exchange.gateway import methods, openapi
from exchange.gateway.rpc import METHODS

methods.load()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    described = openapi.describe({"openapi": "3.1.0", "paths": {}})
    # What cannot be written as JSON would fail only when somebody asks for it.
    decoded: dict[str, Any] = json.loads(json.dumps(described))
    return decoded


def test_every_method_is_there_with_its_scope(document: dict[str, Any]) -> None:
    assert document["paths"].keys() == {f"/api/v2/{name}" for name in METHODS}
    for name, method in METHODS.items():
        operation = document["paths"][f"/api/v2/{name}"]["get"]
        assert operation["summary"] == method.summary
        assert operation.get("x-scope") == method.scope
        assert ("security" in operation) == (not name.startswith("public/"))


def test_every_parameter_is_there_with_its_bounds(document: dict[str, Any]) -> None:
    for name, method in METHODS.items():
        described = document["paths"][f"/api/v2/{name}"]["get"]["parameters"]
        assert [p["name"] for p in described] == list(method.params.__struct_encode_fields__)
    heartbeat = document["paths"]["/api/v2/public/set_heartbeat"]["get"]["parameters"]
    assert heartbeat[0]["required"] is True
    assert (heartbeat[0]["schema"]["minimum"], heartbeat[0]["schema"]["maximum"]) == (1, 3_600)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    references = json.dumps(document).split('"$ref": "')[1:]
    names = {text.partition('"')[0].rpartition("/")[2] for text in references}
    assert names
    assert names <= schemas.keys()


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [path["get"]["operationId"] for path in document["paths"].values()]
    assert len(ids) == len(set(ids)) > 40
