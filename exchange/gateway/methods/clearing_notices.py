"""What ``user.clearing`` tells an account: margin calls, its close-out, deals beside the book, stops.

The channel and its words are ours; Deribit tells its clients of these things by mail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange.core.layout import (
    ACCOUNT_CASH_MICROS,
    ACCOUNT_DEADLINE_NS,
    ACCOUNT_MAINTENANCE_MICROS,
    ACCOUNT_STATUS,
    EVENT_ACCOUNT,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_ORDER_ID,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_SIDE,
    EVENT_TAG,
    EVENT_TS_NS,
    AccountStatus,
    EventKind,
    Layer,
)
from exchange.gateway.methods.lookup import instrument_numbered
from exchange.views.orders import Row
from marketdata.messages import SIDE_NAMES, dollars, milliseconds

if TYPE_CHECKING:
    from exchange.venue import Venue

OF_ONE = frozenset(
    (
        EventKind.MARGIN_CALLED,
        EventKind.CALL_MET,
        EventKind.CLOSING_OUT,
        EventKind.DELEVERAGED,
        EventKind.LAYER_FUNDED,
        EventKind.TRADING_STOPPED,
        EventKind.TRADING_RESUMED,
        EventKind.RESTRICTION_SET,
    )
)
OF_BOTH = frozenset(
    (
        EventKind.LAYER_PAID,
        EventKind.BLOCK_TRADED,
        EventKind.TRADE_BUSTED,
        EventKind.TRADE_ADJUSTED,
        EventKind.TRADE_GIVEN_UP,
    )
)
"""Kinds of the rows that concern the resting account as well as the acting one."""
_TRADE_WORDS = {
    EventKind.BLOCK_TRADED: "block_trade",
    EventKind.TRADE_BUSTED: "trade_busted",
    EventKind.TRADE_ADJUSTED: "trade_adjusted",
}
_BARE_WORDS = {
    EventKind.CALL_MET: "margin_call_met",
    EventKind.TRADING_STOPPED: "trading_stopped",
    EventKind.TRADING_RESUMED: "trading_resumed",
}


def notices(row: Row, account: int, venue: Venue) -> list[dict[str, Any]]:
    """Return what a row tells an account; empty where it is none of these, or not the account's."""
    kind = row[EVENT_KIND]
    if kind not in OF_ONE and kind not in OF_BOTH:
        return []
    parties = [row[EVENT_ACCOUNT]]
    if kind in OF_BOTH:
        parties.append(row[EVENT_RESTING_ACCOUNT])
    stamp = {"timestamp": milliseconds(row[EVENT_TS_NS])}
    return [
        {**stamp, **told}
        for party, number in enumerate(parties)
        if number == account and (told := _told(row, party, venue))
    ]


def standing(account: int, venue: Venue) -> list[dict[str, Any]]:
    """Return the margin call or the close-out that goes on, if there is one."""
    row = venue.core.account(account).tolist()
    equity_micros = row[ACCOUNT_CASH_MICROS]
    stamp = {"timestamp": milliseconds(venue.core.ts_ns)}
    if row[ACCOUNT_STATUS] == AccountStatus.CALLED:
        missing_micros = row[ACCOUNT_MAINTENANCE_MICROS] - equity_micros
        return [{**stamp, **_call(row[ACCOUNT_DEADLINE_NS], missing_micros)}]
    if row[ACCOUNT_STATUS] == AccountStatus.CLOSING_OUT:
        return [{**stamp, "type": "close_out", "equity": dollars(equity_micros)}]
    return []


def _call(deadline_ns: int, missing_micros: int) -> dict[str, Any]:
    return {
        "type": "margin_call",
        "deadline": milliseconds(deadline_ns),
        "missing": dollars(missing_micros),
    }


def _told(row: Row, party: int, venue: Venue) -> dict[str, Any]:
    kind, micros = EventKind(row[EVENT_KIND]), row[EVENT_RESTING_FEE_MICROS]
    if kind in _BARE_WORDS:
        return {"type": _BARE_WORDS[kind]}
    if kind == EventKind.MARGIN_CALLED:
        return _call(row[EVENT_TAG], micros)
    if kind == EventKind.CLOSING_OUT:
        # Its further rows name the positions, which the account knows.
        first = row[EVENT_INSTRUMENT] == -1
        return {"type": "close_out", "equity": dollars(micros)} if first else {}
    if kind in (EventKind.LAYER_PAID, EventKind.LAYER_FUNDED):
        return _of_layer(row, party)
    if kind == EventKind.RESTRICTION_SET:
        name = instrument_numbered(venue, row[EVENT_INSTRUMENT]).name
        told = "restricted" if row[EVENT_QTY_LOTS] else "restriction_lifted"
        return {"type": told, "instrument_name": name}
    return _of_trade(kind, row, party, venue)


def _of_layer(row: Row, party: int) -> dict[str, Any]:
    amount = dollars(row[EVENT_RESTING_FEE_MICROS])
    if row[EVENT_KIND] == EventKind.LAYER_FUNDED:
        return {"type": "contribution", "amount": amount}
    if party == 1:
        return {"type": "contribution_used", "amount": amount}
    return {"type": "relief", "layer": Layer(row[EVENT_TAG]).name.lower(), "amount": amount}


def _of_trade(kind: EventKind, row: Row, party: int, venue: Venue) -> dict[str, Any]:
    instrument = instrument_numbered(venue, row[EVENT_INSTRUMENT])
    side, trade_id = party, row[EVENT_TAG]
    told: dict[str, Any] = {}
    if kind == EventKind.DELEVERAGED:
        side, trade_id = row[EVENT_SIDE], row[EVENT_ORDER_ID]
        own = row[EVENT_TAG] == row[EVENT_ACCOUNT]
        told = {"type": "deleveraged", "default_of": "own" if own else "counterparty"}
    elif kind == EventKind.TRADE_GIVEN_UP:
        side = row[EVENT_SIDE]
        told = {"type": "trade_taken_over" if party else "trade_given_up"}
    else:
        told = {"type": _TRADE_WORDS[kind]}
    if kind == EventKind.TRADE_ADJUSTED:
        told["former_price"] = instrument.price(row[EVENT_RESTING_LEAVES_LOTS])
    return {
        **told,
        "instrument_name": instrument.name,
        "trade_id": str(trade_id),
        "direction": SIDE_NAMES[side],
        "amount": row[EVENT_QTY_LOTS],
        "price": instrument.price(row[EVENT_PRICE_TICKS]),
    }
