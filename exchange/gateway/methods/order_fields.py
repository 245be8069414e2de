"""Orders and fills in the field names of the Deribit API v2 (private/buy, user.trades)."""

from __future__ import annotations

from typing import Any

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
from exchange.gateway.methods.order_words import (
    FILL_CONDITION_NAMES,
    ORDER_STATE_NAMES,
    PREVENTION_NAMES,
    TIME_IN_FORCE_NAMES,
    TRIGGER_NAMES,
    UNTRIGGERED,
    prevention_of,
    source_of,
    taken_as,
    type_name,
)
from exchange.gateway.methods.reasons import CANCEL_WORDS
from exchange.views.orders import Order, OrderState, Row
from exchange.views.portfolio import CURRENCY
from exchange.views.trades import Fill, FillKind, Standing
from marketdata.messages import (
    MICROS,
    NS_PER_MS,
    SIDE_NAMES,
    Instrument,
    block_name,
    dollars,
)
from matching.layout import Link

ORIGIN_NAMES: dict[int, str] = {
    FillKind.DELEVERAGED: "auto_deleveraging",
    FillKind.TAKEN_OVER: "give_up",
}
"""Words for fills that no order and no block trade made; ours."""
CORRECTION_NAMES: dict[int, str] = {
    Standing.ADJUSTED: "adjusted",
    Standing.BUSTED: "busted",
    Standing.GIVEN_UP: "given_up",
}
"""Words for what an operator made of a trade; ours."""

_OPEN = int(OrderState.OPEN)
_CANCELLED = int(OrderState.CANCELLED)
_POST_ONLY = int(Instruction.POST_ONLY)
_REPRICE = int(Instruction.REPRICE)
_MARKET = int(Instruction.MARKET)
_MARKET_TO_LIMIT = int(Instruction.MARKET_TO_LIMIT)
_REDUCE_ONLY = int(Instruction.REDUCE_ONLY)
_PROTECTED = int(Instruction.PROTECTED)
_QUOTE = int(Instruction.QUOTE)


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
    reject_post_only: bool | msgspec.UnsetType = msgspec.UNSET
    quote: bool | msgspec.UnsetType = msgspec.UNSET


class ConditionalFields(OrderFields, frozen=True, gc=False, kw_only=True):
    """An order of which more is to be said than of most."""

    trigger: str | msgspec.UnsetType = msgspec.UNSET
    trigger_price: float | msgspec.UnsetType = msgspec.UNSET
    stop_price: float | msgspec.UnsetType = msgspec.UNSET
    trigger_offset: float | msgspec.UnsetType = msgspec.UNSET
    triggered: bool | msgspec.UnsetType = msgspec.UNSET
    display_amount: int | msgspec.UnsetType = msgspec.UNSET
    refresh_amount: int | msgspec.UnsetType = msgspec.UNSET
    expiration_timestamp: int | msgspec.UnsetType = msgspec.UNSET
    self_trade_prevention: str | msgspec.UnsetType = msgspec.UNSET
    trigger_fill_condition: str | msgspec.UnsetType = msgspec.UNSET
    oto_order_ids: list[str] | msgspec.UnsetType = msgspec.UNSET
    is_primary_otoco: bool | msgspec.UnsetType = msgspec.UNSET
    is_secondary_oto: bool | msgspec.UnsetType = msgspec.UNSET
    primary_order_id: str | msgspec.UnsetType = msgspec.UNSET
    oco_ref: str | msgspec.UnsetType = msgspec.UNSET


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
    combo_id: str | msgspec.UnsetType = msgspec.UNSET
    """Of a combo's leg: the combo, and the id of its trade."""
    combo_trade_id: str | msgspec.UnsetType = msgspec.UNSET
    liquidation: str | msgspec.UnsetType = msgspec.UNSET
    block_trade_id: str | msgspec.UnsetType = msgspec.UNSET
    block_trade_leg_count: int | msgspec.UnsetType = msgspec.UNSET
    origin: str | msgspec.UnsetType = msgspec.UNSET
    correction: str | msgspec.UnsetType = msgspec.UNSET


class Execution(msgspec.Struct, frozen=True, gc=False):
    """What became of an order at once: the order, and its fills so far as this request made them."""

    order: OrderFields
    trades: list[FillFields]


def order_name(order_id: int, instrument: Instrument) -> str:
    """Return an order's id as the dialect writes it."""
    return f"{instrument.family}-{order_id}"


def order_fields(order: Order, instrument: Instrument) -> OrderFields:
    """Return an order; amounts are contracts, prices dollars per GPU-hour, times milliseconds."""
    instructions = order.instructions
    filled_lots = order.filled_lots
    qty_lots = order.qty_lots
    state = order.state
    fields = (
        f"{instrument.family}-{order.order_id}",
        UNTRIGGERED if order.waits and state == _OPEN else ORDER_STATE_NAMES[state],
        type_name(instructions, order.side),
        instrument.name,
        SIDE_NAMES[order.side],
        _price(order, instrument),
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
        order.display_lots or qty_lots,
        order.replaced,
    )
    cancel_reason = CANCEL_WORDS[order.reason] if state == _CANCELLED else msgspec.UNSET
    reject_post_only = _rejects(instructions)
    mmp = instructions & _PROTECTED != 0
    quote = True if instructions & _QUOTE else msgspec.UNSET
    source, prevention = source_of(instructions), prevention_of(instructions)
    if not (source or prevention or order.link or order.display_lots or order.expiry_ns):
        return OrderFields(
            *fields,
            mmp=mmp,
            cancel_reason=cancel_reason,
            reject_post_only=reject_post_only,
            quote=quote,
            is_liquidation=order.liquidation,
        )
    trigger_price = instrument.price(order.trigger_ticks) if source else msgspec.UNSET
    return ConditionalFields(
        *fields,
        mmp=mmp,
        cancel_reason=cancel_reason,
        reject_post_only=reject_post_only,
        quote=quote,
        trigger=TRIGGER_NAMES[source] if source else msgspec.UNSET,
        trigger_price=trigger_price,
        stop_price=trigger_price,
        trigger_offset=(
            instrument.price(order.trail_ticks) if order.trail_ticks else msgspec.UNSET
        ),
        triggered=not order.waits if source else msgspec.UNSET,
        display_amount=order.shown_lots if order.display_lots else msgspec.UNSET,
        refresh_amount=order.display_lots or msgspec.UNSET,
        expiration_timestamp=(order.expiry_ns // NS_PER_MS if order.expiry_ns else msgspec.UNSET),
        self_trade_prevention=PREVENTION_NAMES[prevention] if prevention else msgspec.UNSET,
        **_links(order, instrument),
    )


def _links(order: Order, instrument: Instrument) -> dict[str, Any]:
    """Return the fields that say how an order and those linked to it hang together."""
    if not order.link:
        return {}
    first = order.linked_to == order.order_id
    fields: dict[str, Any] = {"trigger_fill_condition": FILL_CONDITION_NAMES[order.complete]}
    if order.link == Link.OCO or (order.link == Link.OTOCO and not first):
        fields["oco_ref"] = order_name(order.linked_to, instrument)
    if order.link == Link.OCO:
        return fields
    if first:
        fields["oto_order_ids"] = [order_name(other, instrument) for other in order.linked_ids]
        if order.link == Link.OTOCO:
            fields["is_primary_otoco"] = True
    else:
        fields["is_secondary_oto"] = True
        fields["primary_order_id"] = order_name(order.linked_to, instrument)
    return fields


def _price(order: Order, instrument: Instrument) -> float | str:
    # What a market_limit order is at is known once it has met the book.
    if order.instructions & _MARKET and not (
        order.instructions & _MARKET_TO_LIMIT and order.price_ticks
    ):
        return "market_price"
    return instrument.price(order.price_ticks)


def _rejects(instructions: int) -> bool | msgspec.UnsetType:
    return instructions & _REPRICE == 0 if instructions & _POST_ONLY else msgspec.UNSET


def resting_fields(row: Row, label: str, instrument: Instrument) -> OrderFields:
    """Return the order of an ACCEPTED row: a plain limit order of which nothing is filled or cancelled."""
    instructions = row[EVENT_RESTING_FEE_MICROS]
    qty_lots = row[EVENT_QTY_LOTS]
    ts_ms = row[EVENT_TS_NS] // NS_PER_MS
    return OrderFields(
        f"{instrument.family}-{row[EVENT_ORDER_ID]}",
        "open",
        "limit",
        instrument.name,
        SIDE_NAMES[row[EVENT_SIDE]],
        instrument.price(row[EVENT_PRICE_TICKS]),
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
        reject_post_only=_rejects(instructions),
    )


def fill_price(fill: Fill, instrument: Instrument) -> float:
    """Return the price of a fill, which for a combo's leg may lie between two ticks."""
    if fill.standing_odd_micros:
        odd_micros = fill.standing_odd_micros // instrument.contract_hours
        return instrument.price_beyond(fill.standing_ticks, odd_micros)
    return instrument.price(fill.standing_ticks)


def fill_fields(fill: Fill, instrument: Instrument, combo: Instrument | None = None) -> FillFields:
    """Return a fill; a fee paid is positive, index_price is 0 before the index's first print.

    combo: of a leg's fill, whose leg it is.
    """
    instructions = fill.instructions
    qty_lots = fill.qty_lots
    is_block = fill.kind == FillKind.BLOCK
    return FillFields(
        str(fill.trade_id),
        fill.trade_seq,
        order_name(fill.order_id, combo or instrument) if fill.order_id else "",
        instrument.name,
        fill.ts_ns // NS_PER_MS,
        SIDE_NAMES[fill.side],
        fill_price(fill, instrument),
        qty_lots,
        qty_lots,
        "M" if fill.maker else "T",
        dollars(fill.fee_micros),
        CURRENCY,
        instrument.price(fill.mark_ticks),
        dollars(fill.index_micros),
        fill.tick_direction,
        ORDER_STATE_NAMES[fill.state],
        taken_as(instructions),
        instructions & _POST_ONLY != 0,
        instructions & _REDUCE_ONLY != 0,
        fill.own_counterparty,
        fill.label,
        mmp=instructions & _PROTECTED != 0,
        combo_id=msgspec.UNSET if combo is None else combo.name,
        combo_trade_id=msgspec.UNSET if combo is None else str(fill.combo_trade_id),
        liquidation=_liquidation(fill),
        block_trade_id=block_name(fill.trade_id) if is_block else msgspec.UNSET,
        block_trade_leg_count=1 if is_block else msgspec.UNSET,
        origin=ORIGIN_NAMES.get(fill.kind, msgspec.UNSET),
        correction=CORRECTION_NAMES.get(fill.standing, msgspec.UNSET),
    )


def _liquidation(fill: Fill) -> str | msgspec.UnsetType:
    """Return the side of a trade, maker or taker, whose account was being closed out."""
    if not (fill.liquidated or fill.against_liquidation):
        return msgspec.UNSET
    return "M" if fill.maker == fill.liquidated else "T"
