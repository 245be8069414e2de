"""Errors of the dialect: the closed table of codes, and the exception that carries one.

Source: Deribit API v2, "RPC error codes"; JSON-RPC 2.0, section 5.1 for the negative ones.
"""

from __future__ import annotations

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602

ERRORS: dict[int, str] = {
    PARSE_ERROR: "Parse error",
    INVALID_REQUEST: "Invalid Request",
    METHOD_NOT_FOUND: "Method not found",
    INVALID_PARAMS: "Invalid params",
    10000: "authorization_required",
    10001: "error",
    10002: "qty_too_low",
    10003: "order_overlap",
    10004: "order_not_found",
    10005: "price_too_low",
    10006: "price_too_low4idx",
    10007: "price_too_high",
    10008: "price_too_high4idx",
    10009: "not_enough_funds",
    10010: "already_closed",
    10011: "price_not_allowed",
    10012: "book_closed",
    10013: "pme_max_total_open_orders",
    10014: "pme_max_future_open_orders",
    10016: "pme_max_future_open_orders_size",
    10018: "non_pme_max_future_position_size",
    10019: "locked_by_admin",
    10020: "invalid_or_unsupported_instrument",
    10021: "invalid_amount",
    10023: "invalid_price",
    10025: "invalid_order_id",
    10026: "price_precision_exceeded",
    10027: "non_integer_contract_amount",
    10028: "too_many_requests",
    10029: "not_owner_of_order",
    10030: "must_be_websocket_request",
    10031: "invalid_args_for_instrument",
    10033: "not_implemented",
    10036: "invalid_max_show_amount",
    10040: "retry",
    10041: "settlement_in_progress",
    10043: "price_wrong_tick",
    10047: "matching_engine_queue_full",
    10048: "not_on_this_server",
    11008: "already_filled",
    11029: "invalid_arguments",
    11030: "other_reject",
    11031: "other_error",
    11036: "invalid_stoppx_for_index_or_last",
    11042: "permission_denied",
    11043: "bad_argument",
    11044: "not_open_order",
    11047: "unsupported_arg_combination",
    11050: "bad_request",
    11051: "system_maintenance",
    11052: "subscribe_error_unsubscribed",
    11054: "post_only_reject",
    11094: "internal_server_error",
    13004: "invalid_credentials",
    13009: "unauthorized",
    13020: "not_found",
    13021: "forbidden",
    13888: "timed_out",
}
"""Code -> message. A code is never given a second meaning."""

CODES: dict[str, int] = {message: code for code, message in ERRORS.items()}
"""Message -> code."""


class RpcError(Exception):
    """A request that was refused and changed nothing.

    code: a key of ERRORS. data: ``param`` (name of the field at fault), ``reason`` (for a reader)
    and figures that the code defines, such as ``wait``.
    """

    def __init__(
        self, code: int, message: str | None = None, data: dict[str, object] | None = None
    ):
        self.code = code
        self.message = ERRORS[code] if message is None else message
        self.data: dict[str, object] = {} if data is None else data
        super().__init__(code, self.message, self.data)

    @classmethod
    def named(
        cls, name: str, reason: str | None = None, param: str | None = None, **figures: object
    ) -> RpcError:
        """Return the error of a message of ERRORS; raises KeyError on a name that is not there."""
        return cls(CODES[name], None, _fields(reason, param, figures))


def _fields(
    reason: str | None, param: str | None, figures: dict[str, object] | None = None
) -> dict[str, object]:
    fields: dict[str, object] = {}
    if reason is not None:
        fields["reason"] = reason
    if param is not None:
        fields["param"] = param
    if figures:
        fields.update(figures)
    return fields


def parse_error(reason: str) -> RpcError:
    """-32700: what came is not JSON."""
    return RpcError(PARSE_ERROR, None, _fields(reason, None))


def invalid_request(reason: str, param: str | None = None) -> RpcError:
    """-32600: JSON, but not a request."""
    return RpcError(INVALID_REQUEST, None, _fields(reason, param))


def method_not_found(name: str) -> RpcError:
    """-32601: no such method."""
    return RpcError(METHOD_NOT_FOUND, None, _fields(f"no method {name[:128]!r}", "method"))


def invalid_params(param: str | None, reason: str) -> RpcError:
    """-32602: a parameter is missing, unknown, of the wrong type or out of its bounds."""
    return RpcError(INVALID_PARAMS, None, _fields(reason, param))


def authorization_required(reason: str) -> RpcError:
    """10000: a private method without (valid) authentication."""
    return RpcError.named("authorization_required", reason)


def too_many_requests(reason: str, wait_ms: int) -> RpcError:
    """10028: an allowance is used up; wait_ms: milliseconds until it holds again."""
    return RpcError.named("too_many_requests", reason, None, wait=wait_ms)


def must_be_websocket_request() -> RpcError:
    """10030: a method of the connection came by HTTP."""
    return RpcError.named(
        "must_be_websocket_request", "this method is about a WebSocket connection"
    )


def matching_engine_queue_full() -> RpcError:
    """10047: the sequencer has no room; the command was not taken."""
    return RpcError.named("matching_engine_queue_full", "the sequencer's queue is full; try again")


def system_maintenance(reason: str) -> RpcError:
    """11051: the exchange takes no commands now."""
    return RpcError.named("system_maintenance", reason)


def internal_server_error() -> RpcError:
    """11094: a defect of ours; the log of the server tells more."""
    return RpcError.named("internal_server_error", "the server failed on this request")


def invalid_credentials(param: str, reason: str) -> RpcError:
    """13004: client id, secret, signature, timestamp, nonce or token is not right."""
    return RpcError.named("invalid_credentials", reason, param)


def unauthorized(reason: str) -> RpcError:
    """13009: the token is unknown, expired or revoked."""
    return RpcError.named("unauthorized", reason)


def forbidden(scope: str) -> RpcError:
    """13021: the key or token lacks the method's scope."""
    return RpcError.named("forbidden", f"the key or token lacks the scope {scope}", "scope")
