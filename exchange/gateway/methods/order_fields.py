"""Orders and fills in the field names of the Deribit API v2 (private/buy, user.trades)."""

from __future__ import annotations

from typing import Any

from exchange.core.layout import Instruction
from exchange.gateway.methods.reasons import CANCEL_REASONS
from exchange.views.orders import Order, OrderState
from exchange.views.portfolio import CURRENCY
from exchange.views.trades import Fill
from marketdata.messages import MICROS, SIDE_NAMES, Instrument, dollars, milliseconds
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

_POST_ONLY = int(Instruction.POST_ONLY)
_MARKET = int(Instruction.MARKET)
_REDUCE_ONLY = int(Instruction.REDUCE_ONLY)


def order_fields(order: Order, instrument: Instrument) -> dict[str, Any]:
    """Return an order; amounts are contracts, prices dollars per GPU-hour, times milliseconds."""
    instructions = order.instructions
    market = instructions & _MARKET != 0
    filled_lots = order.filled_lots
    fields = {
        "order_id": f"{instrument.family}-{order.order_id}",
        "order_state": ORDER_STATE_NAMES[order.state],
        "order_type": "market" if market else "limit",
        "instrument_name": instrument.name,
        "direction": SIDE_NAMES[order.side],
        "price": "market_price" if market else instrument.price(order.price_ticks),
        "amount": order.qty_lots,
        "contracts": order.qty_lots,
        "filled_amount": filled_lots,
        "average_price": (
            order.filled_ticklots * instrument.tick_micros / (filled_lots * MICROS)
            if filled_lots
            else 0
        ),
        "commission": dollars(order.fee_micros),
        "time_in_force": TIME_IN_FORCE_NAMES[order.tif],
        "post_only": instructions & _POST_ONLY != 0,
        "reduce_only": instructions & _REDUCE_ONLY != 0,
        "label": order.label,
        "creation_timestamp": milliseconds(order.created_ns),
        "last_update_timestamp": milliseconds(order.updated_ns),
        "max_show": order.qty_lots,
        "replaced": order.replaced,
        "is_liquidation": False,
        "risk_reducing": False,
        "mmp": False,
        "api": True,
        "web": False,
    }
    if order.state == OrderState.CANCELLED:
        fields["cancel_reason"] = CANCEL_REASONS[order.reason]
    return fields


def fill_fields(fill: Fill, instrument: Instrument) -> dict[str, Any]:
    """Return a fill; a fee paid is positive, index_price is 0 before the index's first print."""
    instructions = fill.instructions
    return {
        "trade_id": str(fill.trade_id),
        "trade_seq": fill.trade_seq,
        "order_id": f"{instrument.family}-{fill.order_id}",
        "instrument_name": instrument.name,
        "timestamp": milliseconds(fill.ts_ns),
        "direction": SIDE_NAMES[fill.side],
        "price": instrument.price(fill.price_ticks),
        "amount": fill.qty_lots,
        "contracts": fill.qty_lots,
        "liquidity": "M" if fill.maker else "T",
        "fee": dollars(fill.fee_micros),
        "fee_currency": CURRENCY,
        "mark_price": instrument.price(fill.mark_ticks),
        "index_price": dollars(fill.index_micros),
        "tick_direction": fill.tick_direction,
        "state": ORDER_STATE_NAMES[fill.state],
        "order_type": "market" if instructions & _MARKET else "limit",
        "post_only": instructions & _POST_ONLY != 0,
        "reduce_only": instructions & _REDUCE_ONLY != 0,
        "self_trade": fill.own_counterparty,
        "label": fill.label,
        "matching_id": None,
        "risk_reducing": False,
        "mmp": False,
        "api": True,
    }
