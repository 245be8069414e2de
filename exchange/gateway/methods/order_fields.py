"""Orders and fills in the field names of the Deribit API v2 (private/buy, user.trades)."""

from __future__ import annotations

import msgspec

from exchange.core.layout import (
    EVENT_ORDER_ID,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_SIDE,
    EVENT_TS_NS,
    Instruction,
)
from exchange.gateway.methods.reasons import CANCEL_REASONS
from exchange.views.orders import Order, OrderState, Row
from exchange.views.portfolio import CURRENCY
from exchange.views.trades import Fill
from marketdata.messages import MICROS, NS_PER_MS, SIDE_NAMES, Instrument, dollars
from matching.layout import TimeInForce

TIME_IN_FORCE_NAMES: dict[int, str] = {
    TimeInForce.GTC: "good_til_cancelled",
    TimeInForce.IOC: "immediate_or_cancel",
    TimeInForce.FOK: "fill_or_kill",
}

ORDER_STATE_NAMES: dict[int, str] = {
    OrderState.OPEN: "open",
    OrderState.FILLED: "filled",
    OrderState.CANCELLED: "cancelled",
}

_CANCELLED = int(OrderState.CANCELLED)
_POST_ONLY = int(Instruction.POST_ONLY)
_MARKET = int(Instruction.MARKET)
_REDUCE_ONLY = int(Instruction.REDUCE_ONLY)


class OrderFields(msgspec.Struct, frozen=True, gc=False):
    """An order as the dialect writes it; ``cancel_reason`` is there once it is cancelled."""

    order_id: str
    order_state: str
    order_type: str
    instrument_name: str
    direction: str
    price: float | str
    amount: int
    contracts: int
    filled_amount: int
    average_price: float
    commission: float
    time_in_force: str
    post_only: bool
    reduce_only: bool
    label: str
    creation_timestamp: int
    last_update_timestamp: int
    max_show: int
    replaced: bool
    is_liquidation: bool = False
    risk_reducing: bool = False
    mmp: bool = False
    api: bool = True
    web: bool = False
    cancel_reason: str | msgspec.UnsetType = msgspec.UNSET


class FillFields(msgspec.Struct, frozen=True, gc=False):
    """One side of a trade as the dialect writes it."""

    trade_id: str
    trade_seq: int
    order_id: str
    instrument_name: str
    timestamp: int
    direction: str
    price: float
    amount: int
    contracts: int
    liquidity: str
    fee: float
    fee_currency: str
    mark_price: float
    index_price: float
    tick_direction: int
    state: str
    order_type: str
    post_only: bool
    reduce_only: bool
    self_trade: bool
    label: str
    matching_id: None = None
    risk_reducing: bool = False
    mmp: bool = False
    api: bool = True


class Execution(msgspec.Struct, frozen=True, gc=False):
    """What became of an order at once: the order, and its fills so far as this request made them."""

    order: OrderFields
    trades: list[FillFields]


def order_fields(order: Order, instrument: Instrument) -> OrderFields:
    """Return an order; amounts are contracts, prices dollars per GPU-hour, times milliseconds."""
    instructions = order.instructions
    filled_lots = order.filled_lots
    qty_lots = order.qty_lots
    state = order.state
    return OrderFields(
        f"{instrument.family}-{order.order_id}",
        ORDER_STATE_NAMES[state],
        "market" if instructions & _MARKET else "limit",
        instrument.name,
        SIDE_NAMES[order.side],
        "market_price" if instructions & _MARKET else instrument.price(order.price_ticks),
        qty_lots,
        qty_lots,
        filled_lots,
        (
            order.filled_ticklots * instrument.tick_micros / (filled_lots * MICROS)
            if filled_lots
            else 0
        ),
        order.fee_micros / MICROS,
        TIME_IN_FORCE_NAMES[order.tif],
        instructions & _POST_ONLY != 0,
        instructions & _REDUCE_ONLY != 0,
        order.label,
        order.created_ns // NS_PER_MS,
        order.updated_ns // NS_PER_MS,
        qty_lots,
        order.replaced,
        cancel_reason=(CANCEL_REASONS[order.reason] if state == _CANCELLED else msgspec.UNSET),
    )


def resting_fields(row: Row, label: str, instrument: Instrument) -> OrderFields:
    """Return the order of an ACCEPTED row of which nothing is filled or cancelled."""
    instructions = row[EVENT_RESTING_FEE_MICROS]
    qty_lots = row[EVENT_QTY_LOTS]
    ts_ms = row[EVENT_TS_NS] // NS_PER_MS
    return OrderFields(
        f"{instrument.family}-{row[EVENT_ORDER_ID]}",
        "open",
        "market" if instructions & _MARKET else "limit",
        instrument.name,
        SIDE_NAMES[row[EVENT_SIDE]],
        "market_price" if instructions & _MARKET else instrument.price(row[EVENT_PRICE_TICKS]),
        qty_lots,
        qty_lots,
        0,
        0,
        0.0,
        TIME_IN_FORCE_NAMES[row[EVENT_RESTING_LEAVES_LOTS]],
        instructions & _POST_ONLY != 0,
        instructions & _REDUCE_ONLY != 0,
        label,
        ts_ms,
        ts_ms,
        qty_lots,
        False,
    )


def fill_fields(fill: Fill, instrument: Instrument) -> FillFields:
    """Return a fill; a fee paid is positive, index_price is 0 before the index's first print."""
    instructions = fill.instructions
    qty_lots = fill.qty_lots
    return FillFields(
        str(fill.trade_id),
        fill.trade_seq,
        f"{instrument.family}-{fill.order_id}",
        instrument.name,
        fill.ts_ns // NS_PER_MS,
        SIDE_NAMES[fill.side],
        instrument.price(fill.price_ticks),
        qty_lots,
        qty_lots,
        "M" if fill.maker else "T",
        dollars(fill.fee_micros),
        CURRENCY,
        instrument.price(fill.mark_ticks),
        dollars(fill.index_micros),
        fill.tick_direction,
        ORDER_STATE_NAMES[fill.state],
        "market" if instructions & _MARKET else "limit",
        instructions & _POST_ONLY != 0,
        instructions & _REDUCE_ONLY != 0,
        fill.own_counterparty,
        fill.label,
    )
