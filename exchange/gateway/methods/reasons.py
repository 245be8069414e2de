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
from matching.layout import MAX_PEAKS


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
        "Invalid params", "post_only", "goes only with a limit order that may rest"
    ),
    Reason.INVALID_QTY: Refusal("Invalid params", "amount", "is out of bounds"),
    Reason.INVALID_PRICE: Refusal(
        "Invalid params", "price", "is out of the instrument's price domain"
    ),
    Reason.TRADING_STOPPED: Refusal(
        "forbidden", "account", "the venue has stopped the account's trading"
    ),
    Reason.RESTRICTED: Refusal(
        "forbidden", "instrument_name", "the account may only close its position here"
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
    Reason.VALUE_ABOVE_MAXIMUM: Refusal(
        "invalid_amount", "amount", "at its price the order is worth more than one may be"
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
    Reason.INVALID_DISPLAY: Refusal(
        "invalid_max_show_amount",
        "display_amount",
        f"must be from 1/{MAX_PEAKS} of the amount to all of it, of a limit order that may rest "
        "and is not reduce_only",
    ),
    Reason.INVALID_MINIMUM: Refusal(
        "Invalid params",
        "minimum_amount",
        "must be at most the amount, and goes not with post_only",
    ),
    Reason.INVALID_EXPIRY: Refusal(
        "Invalid params", "time_in_force", "the order would have ended already"
    ),
    Reason.INVALID_TRIGGER: Refusal(
        "Invalid params",
        "trigger_price",
        "is out of the instrument's price domain, or nothing is known of the trigger yet",
    ),
    Reason.INVALID_LINK: Refusal(
        "Invalid params", "otoco_config", "these orders cannot be linked in this way"
    ),
    Reason.UNPROTECTED: Refusal("other_reject", "mmp", "market-maker protection is not set"),
    Reason.FROZEN: Refusal("other_reject", "mmp", "market-maker protection has tripped"),
    Reason.NO_OPPOSITE: Refusal(
        "other_reject", "type", "market_limit: the other side of the book is empty"
    ),
    Reason.MINIMUM_NOT_FILLABLE: Refusal(
        "other_reject", "minimum_amount", "the book does not hold the minimum amount"
    ),
    Reason.TRIGGER_REACHED: Refusal(
        "invalid_stoppx_for_index_or_last", "trigger_price", "the trigger is there already"
    ),
    Reason.UNKNOWN_TRADE: Refusal("not_found", "trade_id", "there is no such trade"),
    Reason.TRADE_TOO_OLD: Refusal(
        "other_reject", "trade_id", "its day is over, or too many trades came after it"
    ),
    Reason.TRADE_BUSTED: Refusal("other_reject", "trade_id", "the trade was busted before"),
    Reason.ACCOUNT_NOT_SOUND: Refusal(
        "other_reject", "account", "the account is below maintenance margin, or being closed out"
    ),
    Reason.NOT_DUE: Refusal(
        "other_reject", "account", "it has the margin it needs, or its margin call still runs"
    ),
    Reason.SAME_ACCOUNT: Refusal("Invalid params", "account", "both accounts are the same"),
    Reason.OTHER_FIRM: Refusal("forbidden", "account", "the accounts belong to different firms"),
    Reason.INVALID_DAY: Refusal(
        "Invalid params", "day", "must be a day as 2026-12-31, after the last one and not to come"
    ),
    Reason.INVALID_LEGS: Refusal(
        "Invalid params", "spec.legs", "must be listed dated futures that live as long as the combo"
    ),
    Reason.INVALID_VERSION: Refusal(
        "Invalid params", "version", "must be 1 for a day without a fixing, else the next one"
    ),
    Reason.LEG_OF_COMBO: Refusal(
        "other_reject",
        "trade_id",
        "it is a leg: name the combo's trade, which takes all legs along",
    ),
}

CANCEL_REASONS: dict[int, str] = {
    Reason.REQUESTED: "user_request",
    Reason.UNFILLED_REMAINDER: "unfilled_remainder",
    Reason.EXPIRED: "settlement",
    Reason.ORDER_EXPIRED: "order_expired",
    Reason.SELF_TRADE: "self_trade",
    Reason.POSITION_REDUCED: "position_reduced",
    Reason.LINKED_ORDER: "linked_order_closed",
    Reason.PROTECTION: "mmp_trigger",
    Reason.OUTSIDE_BAND: "outside_price_band",
    Reason.DEADLINE_PASSED: "deadline_passed",
}
"""Why the core ends an order -> ``cancel_reason``.

Deribit's words are user_request, settlement and mmp_trigger. Its oco_other_closed and oto_primary_closed
are one here.
"""

CANCEL_WORDS: dict[int, str] = {
    **{reason: Reason(reason).name.lower() for reason in REFUSALS},
    **CANCEL_REASONS,
}
"""As CANCEL_REASONS, with what ends an order that waited and was refused when its turn came."""


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
