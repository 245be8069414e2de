"""private/buy, private/sell, private/close_position: a new order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from exchange.core.commands import Command
from exchange.core.layout import (
    EVENT_FEE_MICROS,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_TAG,
    POSITION_LOTS,
    CommandKind,
    EventKind,
    Instruction,
)
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.lookup import instrument_named
from exchange.gateway.methods.order_fields import (
    TIME_IN_FORCE_NAMES,
    Execution,
    FillFields,
    fill_fields,
    order_fields,
    resting_fields,
)
from exchange.gateway.methods.params import Amount, InstrumentName, Label, Price
from exchange.gateway.methods.quantities import lots, ticks
from exchange.gateway.methods.reasons import refused_order
from exchange.gateway.rpc import Context, Respond, Sequenced, method
from exchange.views.orders import Order, Row, accepted, cancel, fill
from marketdata.messages import Instrument
from matching.layout import Side, TimeInForce

if TYPE_CHECKING:
    from exchange.venue import Outcome, Venue

TIMES_IN_FORCE = {name: tif for tif, name in TIME_IN_FORCE_NAMES.items()}
ORDER_TYPES = ("limit", "market")

_SUBMIT = int(CommandKind.SUBMIT)
_REJECTED = int(EventKind.REJECTED)
_EXECUTED = int(EventKind.EXECUTED)
_POST_ONLY = int(Instruction.POST_ONLY)
_MARKET = int(Instruction.MARKET)
_REDUCE_ONLY = int(Instruction.REDUCE_ONLY)
_GTC = int(TimeInForce.GTC)
_IOC = int(TimeInForce.IOC)
_BUY = int(Side.BUY)
_SELL = int(Side.SELL)

OrderType = Annotated[str, Meta(max_length=32, extra_json_schema={"enum": list(ORDER_TYPES)})]
TimeInForceName = Annotated[
    str, Meta(max_length=32, extra_json_schema={"enum": list(TIMES_IN_FORCE)})
]


class OrderParams(msgspec.Struct, forbid_unknown_fields=True):
    """A new order; a market order needs no price and ignores one.

    post_only never moves the price: an order that would trade is refused (``reject_post_only`` may
    say so too). reduce_only refuses an order that would do more than close the position; such an
    order does not rest, because the position could change under it.
    """

    instrument_name: InstrumentName
    amount: Amount | None = None
    contracts: Amount | None = None
    type: OrderType = "limit"
    price: Price | None = None
    label: Label = ""
    time_in_force: TimeInForceName = "good_til_cancelled"
    post_only: bool = False
    reject_post_only: bool = False
    reduce_only: bool = False


class ClosePositionParams(msgspec.Struct, forbid_unknown_fields=True):
    """An order that closes the whole position; a limit order needs a price and does not rest."""

    instrument_name: InstrumentName
    type: OrderType
    price: Price | None = None


def limit_or_market(order_type: str) -> bool:
    """Return whether a type is market; raises invalid params for types that are not offered."""
    if order_type not in ORDER_TYPES:
        raise invalid_params("type", f"offered: {', '.join(ORDER_TYPES)}")
    return order_type == "market"


def limit_ticks(instrument: Instrument, price: Any) -> int:
    """Return the price of a limit order in ticks; raises invalid params where there is none."""
    if price is None:
        raise invalid_params("price", "is required for a limit order")
    return ticks(instrument, price)


def _new_order(context: Context, params: OrderParams, side: int) -> Sequenced:
    instrument = instrument_named(context.venue, params.instrument_name)
    market = limit_or_market(params.type)
    tif = TIMES_IN_FORCE.get(params.time_in_force)
    if tif is None:
        offered = ", ".join(TIMES_IN_FORCE)
        raise invalid_params("time_in_force", f"offered: {offered}")
    if params.reject_post_only and not params.post_only:
        raise invalid_params("reject_post_only", "goes only with post_only")
    if params.reduce_only and not market and tif == _GTC:
        offered = "a market order, immediate_or_cancel and fill_or_kill"
        raise invalid_params("reduce_only", f"goes only with {offered}")
    qty_lots = lots(params.amount, params.contracts)
    price_ticks = 0 if market else limit_ticks(instrument, params.price)
    instructions = (
        (_MARKET if market else 0)
        | (_POST_ONLY if params.post_only else 0)
        | (_REDUCE_ONLY if params.reduce_only else 0)
    )
    return place_order(
        context.venue,
        context.account,
        instrument,
        side,
        tif,
        instructions,
        price_ticks,
        qty_lots,
        params.label,
    )


def place_order(
    venue: Venue,
    account: int,
    instrument: Instrument,
    side: int,
    tif: int,
    instructions: int,
    price_ticks: int,
    qty_lots: int,
    label: str,
) -> Sequenced:
    """Return the command of a new order and its answer; instructions: bits of ``Instruction``."""
    command = Command(
        _SUBMIT,
        account,
        instrument.instrument_id,
        0,
        side,
        tif,
        instructions,
        price_ticks,
        qty_lots,
        0,
        label,
    )
    return Sequenced([command], _answer(venue, account, instrument, label))


def _answer(venue: Venue, account: int, instrument: Instrument, label: str) -> Respond:
    def respond(outcomes: list[Outcome]) -> object:
        rows = outcomes[0].events
        if rows[0][EVENT_KIND] == _REJECTED:
            raise refused_order(venue.core, account, instrument, rows[0][EVENT_TAG])
        if len(rows) == 1:
            return Execution(resting_fields(rows[0], label, instrument), [])
        # Folded from the command's own events, because the view may already know later ones.
        order = accepted(rows[0], label)
        for row in rows[1:]:
            if row[EVENT_KIND] == _EXECUTED:
                fill(order, row, row[EVENT_LEAVES_LOTS], row[EVENT_FEE_MICROS])
            else:
                cancel(order, row)
        trades = own_trades(venue, account, instrument, order, rows)
        return Execution(order_fields(order, instrument), trades)

    return respond


def own_trades(
    venue: Venue, account: int, instrument: Instrument, order: Order, rows: list[Row]
) -> list[FillFields]:
    """Return the order's fills among the events of one command, in the dialect."""
    trade_ids = [row[EVENT_TAG] for row in rows if row[EVENT_KIND] == _EXECUTED]
    if not trade_ids:
        return []
    last = trade_ids[-1]
    return [
        fill_fields(fill, instrument)
        for fill in venue.views.trades.since(account, trade_ids[0])
        if fill.order_id == order.order_id and fill.trade_id <= last
    ]


@method("private/buy", scope="trade:read_write")
def buy(context: Context, params: OrderParams) -> Sequenced:
    """Place an order to buy; the answer carries the order and its immediate fills."""
    return _new_order(context, params, _BUY)


@method("private/sell", scope="trade:read_write")
def sell(context: Context, params: OrderParams) -> Sequenced:
    """Place an order to sell; the answer carries the order and its immediate fills."""
    return _new_order(context, params, _SELL)


@method("private/close_position", scope="trade:read_write")
def close_position(context: Context, params: ClosePositionParams) -> Sequenced:
    """Place a reduce-only order of the position's size on the other side; it does not rest.

    What a limit order does not fill at once is cancelled.
    """
    venue, account = context.venue, context.account
    instrument = instrument_named(venue, params.instrument_name)
    market = limit_or_market(params.type)
    price_ticks = 0 if market else limit_ticks(instrument, params.price)
    held_lots = int(venue.core.position(account, instrument.instrument_id)[POSITION_LOTS])
    if held_lots == 0:
        raise RpcError.named("already_closed", "there is no open position", "instrument_name")
    command = Command(
        _SUBMIT,
        account,
        instrument.instrument_id,
        0,
        _SELL if held_lots > 0 else _BUY,
        _IOC,
        _REDUCE_ONLY | (_MARKET if market else 0),
        price_ticks,
        abs(held_lots),
    )
    return Sequenced([command], _answer(venue, account, instrument, ""))
