"""private/cancel and its wider forms: by label, instrument, currency, all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from exchange.core.commands import Command
from exchange.core.layout import EVENT_KIND, EVENT_TAG, CommandKind, EventKind, Reason
from exchange.gateway.errors import invalid_params
from exchange.gateway.methods.lookup import (
    already_closed,
    family_of,
    instrument_named,
    instrument_numbered,
    instruments_of,
    open_order,
)
from exchange.gateway.methods.order_fields import order_fields
from exchange.gateway.methods.params import (
    Currency,
    InstrumentName,
    Kind,
    Label,
    OrderId,
    in_kind,
)
from exchange.gateway.methods.reasons import refused
from exchange.gateway.rpc import Context, NoParams, Sequenced, method
from exchange.views.orders import Order, OrderState
from marketdata.messages import Instrument

if TYPE_CHECKING:
    from exchange.venue import Outcome

_CANCEL = int(CommandKind.CANCEL)
_CANCEL_ALL = int(CommandKind.CANCEL_ALL)
_CANCELLED = int(EventKind.CANCELLED)
_REJECTED = int(EventKind.REJECTED)
OPEN_ORDER_TYPES = ("all", "limit")
OpenOrderType = Annotated[
    str, Meta(max_length=32, extra_json_schema={"enum": list(OPEN_ORDER_TYPES)})
]


class CancelParams(msgspec.Struct, forbid_unknown_fields=True):
    """One order by its id."""

    order_id: OrderId


class CancelByLabelParams(msgspec.Struct, forbid_unknown_fields=True):
    """The orders with a label."""

    label: Label
    currency: Currency = "any"


class CancelByInstrumentParams(msgspec.Struct, forbid_unknown_fields=True):
    """Every order in an instrument."""

    instrument_name: InstrumentName
    type: OpenOrderType = "all"


class CancelByCurrencyParams(msgspec.Struct, forbid_unknown_fields=True):
    """Every order in the instruments of a currency."""

    currency: Currency
    kind: Kind = "any"
    type: OpenOrderType = "all"


def check_open_order_type(order_type: str) -> None:
    """Raise invalid params for a type that open orders here cannot have."""
    if order_type not in OPEN_ORDER_TYPES:
        raise invalid_params("type", f"offered: {', '.join(OPEN_ORDER_TYPES)}")


def _cancelled_count(outcomes: list[Outcome]) -> int:
    return sum(row[EVENT_KIND] == _CANCELLED for outcome in outcomes for row in outcome.events)


@method("private/cancel", scope="trade:read_write")
def cancel(context: Context, params: CancelParams) -> Sequenced:
    """Cancel an open order and return it."""
    order = open_order(context, params.order_id)
    return cancel_order(order, instrument_numbered(context.venue, order.instrument))


def cancel_order(order: Order, instrument: Instrument) -> Sequenced:
    """Return the command that cancels an order and its answer."""

    def respond(outcomes: list[Outcome]) -> object:
        row = outcomes[0].events[0]
        if row[EVENT_KIND] == _REJECTED:
            if row[EVENT_TAG] == Reason.UNKNOWN_ORDER and order.state != OrderState.OPEN:
                raise already_closed(order)
            raise refused(row[EVENT_TAG])
        return order_fields(order, instrument)

    command = Command(_CANCEL, order.account, order.instrument, order.order_id)
    return Sequenced([command], respond)


@method("private/cancel_by_label", scope="trade:read_write")
def cancel_by_label(context: Context, params: CancelByLabelParams) -> int | Sequenced:
    """Cancel the open orders that have a label; return how many were."""
    family = family_of(context.venue, params.currency)
    commands = [
        Command(_CANCEL, context.account, order.instrument, order.order_id)
        for order in context.venue.views.orders.live(context.account)
        if order.label == params.label
        and family in (None, instrument_numbered(context.venue, order.instrument).family)
    ]
    return Sequenced(commands, _cancelled_count) if commands else 0


@method("private/cancel_all", scope="trade:read_write")
def cancel_all(context: Context, params: NoParams) -> Sequenced:
    """Cancel every open order of the account; return how many were."""
    return Sequenced([Command(_CANCEL_ALL, context.account, -1)], _cancelled_count)


@method("private/cancel_all_by_instrument", scope="trade:read_write")
def cancel_all_by_instrument(context: Context, params: CancelByInstrumentParams) -> Sequenced:
    """Cancel every open order of the account in an instrument; return how many were."""
    check_open_order_type(params.type)
    instrument = instrument_named(context.venue, params.instrument_name)
    command = Command(_CANCEL_ALL, context.account, instrument.instrument_id)
    return Sequenced([command], _cancelled_count)


@method("private/cancel_all_by_currency", scope="trade:read_write")
def cancel_all_by_currency(context: Context, params: CancelByCurrencyParams) -> int | Sequenced:
    """Cancel every open order of the account in a currency's instruments; return how many were."""
    check_open_order_type(params.type)
    instruments = instruments_of(context.venue, params.currency)
    if not in_kind(params.kind) or not instruments:
        return 0
    commands = [Command(_CANCEL_ALL, context.account, i.instrument_id) for i in instruments]
    return Sequenced(commands, _cancelled_count)
