"""Envelopes read back with the standard library's JSON."""

from __future__ import annotations

import json

from exchange.gateway import envelope
from exchange.gateway.errors import RpcError, invalid_params


def test_an_answer_has_the_fields_of_the_dialect() -> None:
    decoded = json.loads(envelope.answer("a", {"x": [1]}, 5_000_999, 9_000_000))
    assert decoded == {
        "jsonrpc": "2.0",
        "id": "a",
        "result": {"x": [1]},
        "usIn": 5_000,
        "usOut": 9_000,
        "usDiff": 4_000,
        "testnet": True,
    }


def test_a_refusal_has_an_error_and_no_result() -> None:
    error = invalid_params("price", "is off the tick")
    decoded = json.loads(envelope.refusal(None, error, 0, 0))
    assert decoded["id"] is None
    assert "result" not in decoded
    assert decoded["error"] == {
        "code": -32602,
        "message": "Invalid params",
        "data": {"param": "price", "reason": "is off the tick"},
    }
    assert "data" not in json.loads(envelope.refusal(1, RpcError(10001), 0, 0))["error"]


def test_notifications_name_their_channel() -> None:
    decoded = json.loads(envelope.notification("user.orders.any.any.raw", [1]))
    assert decoded["method"] == "subscription"
    assert decoded["params"] == {"channel": "user.orders.any.any.raw", "data": [1]}
    assert json.loads(envelope.heartbeat("test_request"))["params"] == {"type": "test_request"}
