"""private/edit, private/edit_by_label: a new size or price for an open order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exchange.core.commands import Command
from exchange.core.layout import (
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
from exchange.gateway.methods.outcomes import rejection
from exchange.gateway.methods.params import Amount, InstrumentName, Label, OrderId, Price
from exchange.gateway.methods.placing import own_trades
from exchange.gateway.methods.quantities import lots, ticks
from exchange.gateway.methods.reasons import refused_order
from exchange.gateway.rpc import Context, Sequenced, method
from exchange.views.orders import Order, OrderState

if TYPE_CHECKING:
    from exchange.venue import Outcome

_AMEND = int(CommandKind.AMEND)
_POST_ONLY = int(Instruction.POST_ONLY)
_REPRICE = int(Instruction.REPRICE)
_REDUCE_ONLY = int(Instruction.REDUCE_ONLY)
_MARKET = int(Instruction.MARKET)
_MARKET_TO_LIMIT = int(Instruction.MARKET_TO_LIMIT)


class Change(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an edit may say; amount is the order's whole size, filled contracts included.

    post_only, reject_post_only and reduce_only may repeat what the order has; an edit does not change
    them, nor a trigger. The price of an order that waits is the one it will have.
    """

    amount: Amount | None = None
    contracts: Amount | None = None
    price: Price | None = None
    post_only: bool | None = None
    reject_post_only: bool | None = None
    reduce_only: bool | None = None


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


def _amend(context: Context, order: Order, change: Change) -> Sequenced:
    venue, account = context.venue, context.account
    instrument = instrument_numbered(venue, order.instrument)
    _check_instructions(order, change)
    if change.amount is None and change.contracts is None and change.price is None:
        raise invalid_params("amount", "amount or price is required")
    if change.price is not None:
        price_ticks = ticks(instrument, change.price)
    else:
        # The core's own, because no event tells of a price that the market moved when an order awoke.
        live = venue.core.books.order(order.order_id)
        price_ticks = order.price_ticks if live is None else live.price_ticks
    qty_lots = order.qty_lots
    if change.amount is not None or change.contracts is not None:
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
            raise refused_order(venue.core, account, instrument, reason)
        trades = own_trades(venue, account, instrument, order, rows)
        return Execution(order_fields(order, instrument), trades)

    command = Command(
        _AMEND,
        account,
        order.instrument,
        order.order_id,
        instructions=AMEND_WHOLE,
        price_ticks=price_ticks,
        qty_lots=qty_lots,
    )
    return Sequenced([command], respond)


def _filled_already(order: Order) -> RpcError:
    return invalid_params(
        "amount", f"must be above the {order.filled_lots} contracts that are filled"
    )


@method("private/edit", scope="trade:read_write")
def edit(context: Context, params: EditParams) -> Sequenced:
    """Change the size or price of an open order; less size at the same price keeps its priority."""
    return _amend(context, open_order(context, params.order_id), params)


@method("private/edit_by_label", scope="trade:read_write")
def edit_by_label(context: Context, params: EditByLabelParams) -> Sequenced:
    """Change the size or price of the open order that has a label in an instrument."""
    instrument = instrument_named(context.venue, params.instrument_name)
    order = context.venue.views.orders.labelled(context.account, params.label)
    if order is None or order.instrument != instrument.instrument_id:
        raise RpcError.named(
            "order_not_found", "no order of this account has this label here", "label"
        )
    if order.state != OrderState.OPEN:
        raise already_closed(order)
    return _amend(context, order, params)
