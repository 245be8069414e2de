"""JSON-RPC 2.0 envelopes of the market-data service, in the dialect's form."""

from __future__ import annotations

import re
import time
from typing import Any, TypeVar

import msgspec

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
TOO_MANY_REQUESTS = 10028

MESSAGES = {
    PARSE_ERROR: "Parse error",
    INVALID_REQUEST: "Invalid Request",
    METHOD_NOT_FOUND: "Method not found",
    INVALID_PARAMS: "Invalid params",
    TOO_MANY_REQUESTS: "too_many_requests",
}

RequestId = int | str | None
P = TypeVar("P")

_FIELD = re.compile(r"`\$\.?(\w+)|field `(\w+)`")


class RpcError(Exception):
    """A refusal: code, the parameter it is about, and why."""

    def __init__(self, code: int, reason: str, param: str | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.param = param

    def fields(self) -> dict[str, Any]:
        """Return the error object of the dialect."""
        return {
            "code": self.code,
            "message": MESSAGES[self.code],
            "data": {"param": self.param, "reason": self.reason},
        }


class Request(msgspec.Struct, frozen=True):
    """One decoded call."""

    method: str
    id: RequestId = None
    params: dict[str, Any] = {}


def decode(message: bytes) -> Request:
    """Return the call in a message.

    Raises RpcError: parse error for what is no JSON, invalid request for JSON that is no call.
    """
    try:
        envelope = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RpcError(PARSE_ERROR, str(error) or "not JSON") from None
    if not isinstance(envelope, dict):
        raise RpcError(INVALID_REQUEST, "not an object")
    try:
        # A call without parameters may carry null for them.
        return msgspec.convert({k: v for k, v in envelope.items() if v is not None}, Request)
    except msgspec.ValidationError as error:
        raise RpcError(INVALID_REQUEST, str(error), _field(str(error))) from None


def request_id(message: bytes) -> RequestId:
    """Return the id of a call that could not be decoded, None where there is none to be found."""
    try:
        found: object = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    candidate = found.get("id") if isinstance(found, dict) else None
    return candidate if isinstance(candidate, int | str) else None


def params(request: Request, type_: type[P]) -> P:
    """Return the parameters as a struct; raises RpcError that names the wrong one."""
    try:
        return msgspec.convert(request.params, type_)
    except msgspec.ValidationError as error:
        raise RpcError(INVALID_PARAMS, str(error), _field(str(error))) from None


def reply(request_id: RequestId, began_ns: int, *, result: Any = None, error: Any = None) -> bytes:
    """Encode the answer to a call, with result or error; began_ns is when the call arrived."""
    us_in = began_ns // 1000
    us_out = time.time_ns() // 1000
    return msgspec.json.encode(
        {
            "jsonrpc": "2.0",
            "id": request_id,
            **({"result": result} if error is None else {"error": error}),
            "usIn": us_in,
            "usOut": us_out,
            "usDiff": us_out - us_in,
            "testnet": True,
        }
    )


def notification(method: str, fields: dict[str, Any]) -> bytes:
    """Encode a message that the server sends unasked."""
    return msgspec.json.encode({"jsonrpc": "2.0", "method": method, "params": fields})


def _field(text: str) -> str | None:
    found = _FIELD.search(text)
    return (found[1] or found[2]) if found else None
