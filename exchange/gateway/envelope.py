"""Answers and notifications as bytes.

Source: JSON-RPC 2.0; Deribit API v2, "JSON-RPC"; ``usIn``, ``usOut``, ``usDiff`` are microseconds.
"""

from __future__ import annotations

from typing import Any

import msgspec

from exchange.gateway.errors import RpcError

_encode = msgspec.json.Encoder().encode


class Answer(msgspec.Struct):
    """The answer to a request that did what it says."""

    jsonrpc: str
    id: int | str | None
    result: Any
    usIn: int  # noqa: N815 - the dialect's name
    usOut: int  # noqa: N815
    usDiff: int  # noqa: N815
    testnet: bool = True


class ErrorBody(msgspec.Struct, omit_defaults=True):
    """Why a request was refused."""

    code: int
    message: str
    data: dict[str, Any] = {}


class Refusal(msgspec.Struct):
    """The answer to a request that was refused."""

    jsonrpc: str
    id: int | str | None
    error: ErrorBody
    usIn: int  # noqa: N815 - the dialect's name
    usOut: int  # noqa: N815
    usDiff: int  # noqa: N815
    testnet: bool = True


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """An answer of which all is encoded but a few values.

    text: a template for ``bytes % values``: the request's id as JSON, ``values``, usIn, usOut and usDiff.
    """

    text: bytes
    values: tuple[int | bytes, ...]


def answer(request_id: int | str | None, result: object, in_ns: int, out_ns: int) -> bytes:
    """Encode a result; in_ns and out_ns: when the request came and is answered."""
    us_in, us_out = in_ns // 1_000, out_ns // 1_000
    if type(result) is Prepared:
        written = b"%d" % request_id if type(request_id) is int else _encode(request_id)
        return result.text % (written, *result.values, us_in, us_out, us_out - us_in)
    return _encode(Answer("2.0", request_id, result, us_in, us_out, us_out - us_in))


def refusal(request_id: int | str | None, error: RpcError, in_ns: int, out_ns: int) -> bytes:
    """Encode an error."""
    body = ErrorBody(error.code, error.message, error.data)
    us_in, us_out = in_ns // 1_000, out_ns // 1_000
    return _encode(Refusal("2.0", request_id, body, us_in, us_out, us_out - us_in))


def notification(channel: str, content: object) -> bytes:
    """Encode a message of a subscription."""
    params = {"channel": channel, "data": content}
    return _encode({"jsonrpc": "2.0", "method": "subscription", "params": params})


def heartbeat(kind: str) -> bytes:
    """Encode a heartbeat; kind: ``heartbeat`` or ``test_request``."""
    return _encode({"jsonrpc": "2.0", "method": "heartbeat", "params": {"type": kind}})
