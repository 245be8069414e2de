"""private/edit, private/edit_by_label: a new size, price or trigger for an open order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from exchange.core.commands import Command, Conditions
from exchange.core.layout import (
    AMEND_TRIGGER,
    AMEND_WHOLE,
    EVENT_TAG,
    CommandKind,
    Instruction,
    Reason,
)
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.lookup import (
    already_closed,
    instrument_named,
    instrument_numbered,
    open_order,
)
from exchange.gateway.methods.order_fields import Execution, order_fields
from exchange.gateway.methods.order_terms import distance_ticks
from exchange.gateway.methods.order_words import ORDER_TYPES, source_of, type_name
from exchange.gateway.methods.outcomes import rejection
from exchange.gateway.methods.params import (
    Amount,
    InstrumentName,
    Label,
    OrderId,
    Price,
    Timestamp,
)
from exchange.gateway.methods.placing import own_trades
from exchange.gateway.methods.quantities import lots, ticks
from exchange.gateway.methods.reasons import refused_order
from exchange.gateway.methods.validity import check_valid_until
from exchange.gateway.rpc import Context, Sequenced, method
from exchange.views.orders import Order, OrderState
from marketdata.messages import Instrument

if TYPE_CHECKING:
    from exchange.venue import Outcome, Venue

_AMEND = int(CommandKind.AMEND)
_POST_ONLY = int(Instruction.POST_ONLY)
_REPRICE = int(Instruction.REPRICE)
_REDUCE_ONLY = int(Instruction.REDUCE_ONLY)
_MARKET = int(Instruction.MARKET)
_MARKET_TO_LIMIT = int(Instruction.MARKET_TO_LIMIT)
_WAITS_NOT = "goes only with an order that still waits for its trigger"


class Change(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an edit may say; amount is the order's whole size, filled contracts included.

    post_only, reject_post_only and reduce_only may repeat what the order has; an edit does not change
    them. The price of an order that waits is the one it will have; trigger_price and trigger_offset are
    those of an order that still waits for its trigger. triggerPrice and trailingAmount are what ccxt
    calls the two, and sends as they are.
    """

    amount: Amount | None = None
    contracts: Amount | None = None
    price: Price | None = None
    post_only: bool | None = None
    reject_post_only: bool | None = None
    reduce_only: bool | None = None
    trigger_price: Price | None = None
    trigger_offset: Price | None = None
    ccxt_trigger_price: Price | None = msgspec.field(default=None, name="triggerPrice")
    ccxt_trigger_offset: Price | None = msgspec.field(default=None, name="trailingAmount")
    valid_until: Timestamp | None = None


class EditParams(Change, kw_only=True):
    """An edit of the order with an id."""

    order_id: OrderId


class EditByLabelParams(Change, kw_only=True):
    """An edit of the open order with a label."""

    label: Label
    instrument_name: InstrumentName


def _check_instructions(order: Order, change: Change) -> None:
    instructions = order.instructions
    for param, given, has in (
        ("post_only", change.post_only, instructions & _POST_ONLY != 0),
        (
            "reject_post_only",
            change.reject_post_only,
            instructions & (_POST_ONLY | _REPRICE) == _POST_ONLY,
        ),
        ("reduce_only", change.reduce_only, instructions & _REDUCE_ONLY != 0),
    ):
        if given is not None and given != has:
            raise invalid_params(param, "cannot be changed by an edit")
    if change.price is not None and instructions & (_MARKET | _MARKET_TO_LIMIT) == _MARKET:
        raise invalid_params("price", "a market order has none")


def _either(price: Any, other: Any, params: tuple[str, str]) -> Any:
    if price is None or other is None or price == other:
        return price if other is None else other
    raise invalid_params(params[1], f"must equal {params[0]} where both are given")


def _new_trigger(instrument: Instrument, order: Order, change: Change) -> Conditions | None:
    """Return the conditions that give an order the trigger or trail of an edit, None where it has neither."""
    names = ("trigger_price", "triggerPrice"), ("trigger_offset", "trailingAmount")
    price = _either(change.trigger_price, change.ccxt_trigger_price, names[0])
    offset = _either(change.trigger_offset, change.ccxt_trigger_offset, names[1])
    if price is None and offset is None:
        return None
    param = "trigger_price" if offset is None else "trigger_offset"
    if not (order.waits and source_of(order.instructions)):
        raise invalid_params(param, _WAITS_NOT)
    word = type_name(order.instructions, order.side)
    if ORDER_TYPES[word].trailing:
        if price is not None:
            raise invalid_params("trigger_price", f"does not go with a {word} order")
        return Conditions(trail_ticks=distance_ticks(instrument, offset, param))
    if offset is not None:
        raise invalid_params("trigger_offset", f"does not go with a {word} order")
    return Conditions(trigger_ticks=ticks(instrument, price, param))


def _amend(context: Context, order: Order, change: Change) -> Sequenced:
    venue, account = context.venue, context.account
    check_valid_until(context, change.valid_until)
    instrument = instrument_numbered(venue, order.instrument)
    _check_instructions(order, change)
    conditions = _new_trigger(instrument, order, change)
    sized = change.amount is not None or change.contracts is not None
    if not sized and change.price is None and conditions is None:
        raise invalid_params("amount", "amount, price or a trigger is required")
    price_ticks = order.price_ticks
    if change.price is not None:
        price_ticks = ticks(instrument, change.price)
    qty_lots = order.qty_lots
    if sized:
        qty_lots = lots(change.amount, change.contracts)
        if qty_lots <= order.filled_lots:
            raise _filled_already(order)

    def respond(outcomes: list[Outcome]) -> object:
        rows = outcomes[0].events
        refusal = rejection(rows)
        if refusal is not None:
            reason = refusal[EVENT_TAG]
            if reason == Reason.UNKNOWN_ORDER and order.state != OrderState.OPEN:
                raise already_closed(order)
            if reason == Reason.INVALID_QTY and order.filled_lots:
                raise _filled_already(order)
            raise _refused(venue, order, instrument, conditions, reason)
        trades = own_trades(venue, account, instrument, order, rows)
        return Execution(order_fields(order, instrument), trades)

    command = Command(
        _AMEND,
        account,
        order.instrument,
        order.order_id,
        instructions=AMEND_WHOLE | (AMEND_TRIGGER if conditions else 0),
        price_ticks=price_ticks,
        qty_lots=qty_lots,
        conditions=conditions,
    )
    return Sequenced([command], respond)


def _refused(
    venue: Venue,
    order: Order,
    instrument: Instrument,
    conditions: Conditions | None,
    reason: int,
) -> RpcError:
    error = refused_order(venue.core, order.account, instrument, reason)
    if conditions and reason in (Reason.INVALID_TRIGGER, Reason.TRIGGER_REACHED):
        if conditions.trail_ticks:
            error.data["param"] = "trigger_offset"
        if not order.waits:
            error.data["reason"] = _WAITS_NOT
    return error


def _filled_already(order: Order) -> RpcError:
    return invalid_params(
        "amount", f"must be above the {order.filled_lots} contracts that are filled"
    )


@method("private/edit", scope="trade:read_write")
def edit(context: Context, params: EditParams) -> Sequenced:
    """Change size, price or trigger of an open order; less size at the same price keeps its priority."""
    return _amend(context, open_order(context, params.order_id), params)


@method("private/edit_by_label", scope="trade:read_write")
def edit_by_label(context: Context, params: EditByLabelParams) -> Sequenced:
    """Change size, price or trigger of the open order that has a label in an instrument."""
    instrument = instrument_named(context.venue, params.instrument_name)
    order = context.venue.views.orders.labelled(context.account, params.label)
    if order is None or order.instrument != instrument.instrument_id:
        raise RpcError.named(
            "order_not_found", "no order of this account has this label here", "label"
        )
    if order.state != OrderState.OPEN:
        raise already_closed(order)
    return _amend(context, order, params)
