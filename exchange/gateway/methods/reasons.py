"""The core's reasons as errors of the dialect: one table, every reason in it.

Codes are those of the Deribit API v2 (its page "RPC error codes"). Where several would do, the
one that ccxt and NautilusTrader turn into the right exception was taken.
"""

from __future__ import annotations

from typing import NamedTuple

from exchange.core.core import Core
from exchange.core.layout import (
    ACCOUNT_MAX_ORDERS,
    INSTRUMENT_BAND_HIGH_TICKS,
    INSTRUMENT_BAND_LOW_TICKS,
    INSTRUMENT_MAX_ORDER_LOTS,
    INSTRUMENT_MAX_POSITION_LOTS,
    Reason,
)
from exchange.gateway.errors import RpcError
from marketdata.messages import Instrument


class Refusal(NamedTuple):
    """What a reason says on the wire: the error's name, the parameter at fault and why."""

    message: str
    param: str
    reason: str


REFUSALS: dict[int, Refusal] = {
    Reason.UNKNOWN_COMMAND: Refusal("bad_request", "method", "the venue has no such command"),
    Reason.UNKNOWN_ACCOUNT: Refusal("forbidden", "account", "the account is not open"),
    Reason.UNKNOWN_INSTRUMENT: Refusal(
        "not_found", "instrument_name", "no such instrument is listed"
    ),
    Reason.INVALID_SIDE: Refusal("Invalid params", "direction", "must be buy or sell"),
    Reason.INVALID_TIME_IN_FORCE: Refusal("Invalid params", "time_in_force", "is not offered"),
    Reason.INVALID_INSTRUCTION: Refusal(
        "Invalid params", "post_only", "goes only with a good_til_cancelled limit order"
    ),
    Reason.INVALID_QTY: Refusal("Invalid params", "amount", "is out of bounds"),
    Reason.INVALID_PRICE: Refusal(
        "Invalid params", "price", "is out of the instrument's price domain"
    ),
    Reason.INSTRUMENT_NOT_OPEN: Refusal(
        "book_closed", "instrument_name", "the instrument is not open"
    ),
    Reason.DUPLICATE_LABEL: Refusal(
        "other_reject", "label", "duplicate_label: an order of this account had this label before"
    ),
    Reason.UNKNOWN_ORDER: Refusal(
        "order_not_found", "order_id", "no open order of this account has this id"
    ),
    Reason.PRICE_BELOW_BAND: Refusal("price_too_low", "price", "is below the price band"),
    Reason.PRICE_ABOVE_BAND: Refusal("price_too_high", "price", "is above the price band"),
    Reason.QTY_ABOVE_MAXIMUM: Refusal(
        "invalid_amount", "amount", "is above the instrument's largest order"
    ),
    Reason.TOO_MANY_ORDERS: Refusal(
        "pme_max_total_open_orders", "amount", "the account has too many open orders"
    ),
    Reason.POSITION_LIMIT: Refusal(
        "non_pme_max_future_position_size", "amount", "position and orders would pass the limit"
    ),
    Reason.REDUCE_ONLY_WOULD_INCREASE: Refusal(
        "other_reject",
        "reduce_only",
        "the order would do more than close the position",
    ),
    Reason.INSUFFICIENT_MARGIN: Refusal(
        "not_enough_funds", "amount", "equity does not cover initial margin"
    ),
    Reason.POST_ONLY_WOULD_TRADE: Refusal(
        "post_only_reject", "post_only", "the order would trade at once"
    ),
    Reason.FOK_NOT_FILLABLE: Refusal(
        "other_reject", "time_in_force", "fill_or_kill: the book does not hold the whole amount"
    ),
    Reason.BOOK_FULL: Refusal(
        "matching_engine_queue_full", "amount", "the venue holds as many orders as it can"
    ),
    Reason.INVALID_AMOUNT: Refusal("Invalid params", "amount", "is out of bounds"),
    Reason.DUPLICATE_ACCOUNT: Refusal("other_reject", "name", "an account of this name is open"),
    Reason.DUPLICATE_INSTRUMENT: Refusal(
        "other_reject", "name", "an instrument of this name is listed"
    ),
    Reason.INVALID_SPEC: Refusal("Invalid params", "spec", "the specification is not sound"),
    Reason.INSUFFICIENT_FUNDS: Refusal(
        "not_enough_funds", "amount", "margin does not let so much go"
    ),
    Reason.VENUE_FULL: Refusal(
        "matching_engine_queue_full", "name", "the venue holds as many as it can"
    ),
}

CANCEL_REASONS: dict[int, str] = {
    Reason.REQUESTED: "user_request",
    Reason.UNFILLED_REMAINDER: "unfilled_remainder",
    Reason.EXPIRED: "settlement",
}
"""The core's reason of a cancellation -> ``cancel_reason``; unfilled_remainder is our word."""


def refused(reason: int) -> RpcError:
    """Return the error that answers a command which the core rejected for this reason."""
    refusal = REFUSALS[reason]
    return RpcError.named(refusal.message, refusal.reason, refusal.param)


def refused_order(core: Core, account: int, instrument: Instrument, reason: int) -> RpcError:
    """Return the error that answers a rejected order: as ``refused``, with ``limit`` where it passed one.

    limit: dollars per GPU-hour of a price, else contracts or orders.
    """
    error = refused(reason)
    row = core.instrument(instrument.instrument_id)
    limit: float | int
    match reason:
        case Reason.PRICE_BELOW_BAND:
            limit = instrument.price(int(row[INSTRUMENT_BAND_LOW_TICKS]))
        case Reason.PRICE_ABOVE_BAND:
            limit = instrument.price(int(row[INSTRUMENT_BAND_HIGH_TICKS]))
        case Reason.QTY_ABOVE_MAXIMUM:
            limit = int(row[INSTRUMENT_MAX_ORDER_LOTS])
        case Reason.POSITION_LIMIT:
            limit = int(row[INSTRUMENT_MAX_POSITION_LOTS])
        case Reason.TOO_MANY_ORDERS:
            limit = int(core.account(account)[ACCOUNT_MAX_ORDERS])
        case _:
            return error
    error.data["reason"] = f"{error.data['reason']}: the limit is {limit}"
    error.data["limit"] = limit
    return error
