"""What can go wrong between a client and the exchange, each with its own exception.

Codes are those of the Deribit API v2 (its page "RPC error codes") and of JSON-RPC 2.0.
"""

# ruff: noqa: N818 - the names are the dialect's own words (not_enough_funds, order_not_found, ...)

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange.explained import ExplainedError


class ExchangeError(ExplainedError):
    """Base of everything that the client library raises about the exchange."""


class ConnectionLost(ExchangeError):
    """The line broke before the answer came: the request may or may not have taken effect."""


class RequestTimeout(ExchangeError):
    """No answer came in time: the request may or may not have taken effect."""


class NotConnected(ExchangeError):
    """There was no line within the time allowed: the request was not sent."""


class SlowConsumer(ExchangeError):
    """Private messages filled the queue because nobody took them."""


class ProtocolError(ExchangeError):
    """The exchange sent what this library does not understand."""


class RpcError(ExchangeError):
    """The exchange refused a request and nothing changed.

    code: the error's number. reason: why, in words. param: the field at fault, where one is.
    """

    def __init__(self, code: int, message: str, data: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.message = message
        self.data = dict(data or {})
        reason, param = self.data.get("reason"), self.data.get("param")
        self.reason = str(reason) if reason else message
        self.param = str(param) if param else None
        where = f" [{self.param}]" if self.param else ""
        because = f": {self.reason}" if self.reason != message else ""
        super().__init__(f"{message} ({code}){where}{because}")


class AuthenticationError(RpcError):
    """The key, its secret, its signature or its token does not hold, or no key was shown."""


class PermissionDenied(RpcError):
    """The key holds, but its scope does not reach this method."""


class InvalidParams(RpcError):
    """A parameter is missing, unknown, of the wrong type or out of its bounds."""


class MethodNotFound(RpcError):
    """The exchange has no such method."""


class OrderRejected(RpcError):
    """The order is well formed, but the market's rules refuse it now."""


class PriceOutOfBand(OrderRejected):
    """The price is outside the instrument's band."""


class PostOnlyRejected(OrderRejected):
    """The post-only order would have traded."""


class BookClosed(OrderRejected):
    """The instrument does not trade now."""


class NotEnoughFunds(OrderRejected):
    """The account's margin does not carry the order."""


class DuplicateLabel(OrderRejected):
    """An order of this account has had this label before."""


class OrderNotFound(RpcError):
    """No open order of this account has this id."""


class TooManyRequests(RpcError):
    """The account sent more than its rate allows."""


BY_CODE: dict[int, type[RpcError]] = {
    -32602: InvalidParams,
    -32601: MethodNotFound,
    10000: AuthenticationError,
    10002: OrderRejected,
    10003: OrderRejected,
    10004: OrderNotFound,
    10005: PriceOutOfBand,
    10006: PriceOutOfBand,
    10007: PriceOutOfBand,
    10008: PriceOutOfBand,
    10009: NotEnoughFunds,
    10010: OrderNotFound,
    10012: BookClosed,
    10013: OrderRejected,
    10018: OrderRejected,
    10021: OrderRejected,
    10028: TooManyRequests,
    10047: TooManyRequests,
    11030: OrderRejected,
    11044: OrderNotFound,
    11054: PostOnlyRejected,
    13004: AuthenticationError,
    13009: AuthenticationError,
    13020: InvalidParams,
    13021: PermissionDenied,
}


def rpc_error(code: int, message: str, data: object = None) -> RpcError:
    """Return the exception that belongs to the error of an answer."""
    fields = data if isinstance(data, Mapping) else {}
    words = f"{message} {fields.get('reason', '')}".lower()
    if "duplicate" in words and "label" in f"{words} {fields.get('param', '')}":
        return DuplicateLabel(code, message, fields)
    return BY_CODE.get(code, RpcError)(code, message, fields)
