"""OpenAPI description of the dialect's methods, made from the registry."""

from __future__ import annotations

from typing import Any

import msgspec

from exchange.gateway.envelope import Answer, Refusal
from exchange.gateway.rpc import METHODS, Method

REF = "#/components/schemas/{name}"


def describe(document: dict[str, Any]) -> dict[str, Any]:
    """Add every method to an OpenAPI document (3.1) and return it."""
    types = [method.params for method in METHODS.values()]
    references, components = msgspec.json.schema_components(
        [*types, Answer, Refusal], ref_template=REF
    )
    answer, refusal = references[-2:]
    for method, reference in zip(METHODS.values(), references, strict=False):
        document["paths"][f"/api/v2/{method.name}"] = {
            "get": _operation(method, _resolve(reference, components), answer, refusal)
        }
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(components)
    schemes = document["components"].setdefault("securitySchemes", {})
    schemes["bearer"] = {"type": "http", "scheme": "bearer"}
    schemes["signature"] = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "deri-hmac-sha256 id=K,ts=MS,sig=HEX,nonce=N",
    }
    return document


def _operation(
    method: Method, params: dict[str, Any], answer: dict[str, Any], refusal: dict[str, Any]
) -> dict[str, Any]:
    required = params.get("required", [])
    operation: dict[str, Any] = {
        "operationId": method.name.replace("/", "_"),
        "summary": method.summary,
        "tags": [method.name.partition("/")[0]],
        "parameters": [
            _parameter(name, schema, name in required)
            for name, schema in params.get("properties", {}).items()
        ],
        "responses": {
            "200": _content("The result", answer),
            "400": _content("A JSON-RPC error: code, message, data.param, data.reason", refusal),
        },
    }
    description = method.description
    if method.scope is not None:
        description = f"{description}\n\nScope: `{method.scope}`".strip()
        operation["security"] = [{"bearer": [method.scope]}, {"signature": [method.scope]}]
        operation["x-scope"] = method.scope
    if description:
        operation["description"] = description
    return operation


def _parameter(name: str, schema: dict[str, Any], required: bool) -> dict[str, Any]:
    parameter: dict[str, Any] = {"name": name, "in": "query", "required": required}
    if schema.get("type") in ("array", "object"):
        # A query string carries these as JSON.
        parameter["content"] = {"application/json": {"schema": schema}}
    else:
        parameter["schema"] = schema
    if "description" in schema:
        parameter["description"] = schema["description"]
    return parameter


def _content(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _resolve(reference: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    resolved: dict[str, Any] = components[reference["$ref"].rpartition("/")[2]]
    return resolved
