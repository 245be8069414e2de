"""private/cancel and its wider forms: by label, instrument, currency, all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from exchange.core.commands import Command
from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_KIND,
    EVENT_TAG,
    CommandKind,
    EventKind,
    Reason,
)
from exchange.gateway.methods.lookup import (
    already_closed,
    family_of,
    instrument_named,
    instrument_numbered,
    instruments_of,
    open_order,
)
from exchange.gateway.methods.order_fields import order_fields
from exchange.gateway.methods.order_terms import chosen
from exchange.gateway.methods.order_words import CANCELLED_TYPES, open_type
from exchange.gateway.methods.outcomes import rejection
from exchange.gateway.methods.params import (
    Currency,
    InstrumentName,
    Kind,
    Label,
    OrderId,
)
from exchange.gateway.methods.reasons import refused
from exchange.gateway.rpc import Context, NoParams, Sequenced, method
from exchange.views.orders import Order, OrderState
from marketdata.kinds import in_kind
from marketdata.messages import Instrument

if TYPE_CHECKING:
    from exchange.venue import Outcome

_CANCEL = int(CommandKind.CANCEL)
_CANCEL_ALL = int(CommandKind.CANCEL_ALL)
_CANCELLED = int(EventKind.CANCELLED)
_REQUESTED = int(Reason.REQUESTED)
_LINKED_ORDER = int(Reason.LINKED_ORDER)
CancelledType = Annotated[
    str, Meta(max_length=32, extra_json_schema={"enum": list(CANCELLED_TYPES)})
]


class CancelParams(msgspec.Struct, forbid_unknown_fields=True):
    """One order by its id."""

    order_id: OrderId


class CancelByLabelParams(msgspec.Struct, forbid_unknown_fields=True):
    """The orders with a label."""

    label: Label
    currency: Currency = "any"


class CancelByInstrumentParams(msgspec.Struct, forbid_unknown_fields=True):
    """Orders in an instrument; type: all of them, or those that are limit orders or wait for a trigger."""

    instrument_name: InstrumentName
    type: CancelledType = "all"


class CancelByCurrencyParams(msgspec.Struct, forbid_unknown_fields=True):
    """Orders in the instruments of a currency; type as in CancelByInstrumentParams."""

    currency: Currency
    kind: Kind = "any"
    type: CancelledType = "all"


def counting(account: int) -> Callable[[list[Outcome]], int]:
    """Return what counts an account's orders that were cancelled by request, linked ones included."""

    def count(outcomes: list[Outcome]) -> int:
        return sum(
            row[EVENT_KIND] == _CANCELLED
            and row[EVENT_ACCOUNT] == account
            and row[EVENT_TAG] in (_REQUESTED, _LINKED_ORDER)
            for outcome in outcomes
            for row in outcome.events
        )

    return count


def _cancel_each(context: Context, orders: Iterable[Order]) -> int | Sequenced:
    commands = [
        Command(_CANCEL, context.account, order.instrument, order.order_id) for order in orders
    ]
    return Sequenced(commands, counting(context.account)) if commands else 0


@method("private/cancel", scope="trade:read_write")
def cancel(context: Context, params: CancelParams) -> Sequenced:
    """Cancel an open order and return it."""
    order = open_order(context, params.order_id)
    return cancel_order(order, instrument_numbered(context.venue, order.instrument))


def cancel_order(
    order: Order,
    instrument: Instrument,
    cancelled: Callable[[Order, Instrument], object] = order_fields,
) -> Sequenced:
    """Return the command that cancels an order and its answer, which ``cancelled`` makes."""

    def respond(outcomes: list[Outcome]) -> object:
        refusal = rejection(outcomes[0].events)
        if refusal is not None:
            if refusal[EVENT_TAG] == Reason.UNKNOWN_ORDER and order.state != OrderState.OPEN:
                raise already_closed(order)
            raise refused(refusal[EVENT_TAG])
        return cancelled(order, instrument)

    command = Command(_CANCEL, order.account, order.instrument, order.order_id)
    return Sequenced([command], respond)


@method("private/cancel_by_label", scope="trade:read_write")
def cancel_by_label(context: Context, params: CancelByLabelParams) -> int | Sequenced:
    """Cancel the open orders that have a label; return how many were."""
    family = family_of(context.venue, params.currency)
    return _cancel_each(
        context,
        (
            order
            for order in context.venue.views.orders.live(context.account)
            if order.label == params.label
            and family in (None, instrument_numbered(context.venue, order.instrument).family)
        ),
    )


@method("private/cancel_all", scope="trade:read_write")
def cancel_all(context: Context, params: NoParams) -> Sequenced:
    """Cancel every open order of the account; return how many were."""
    return Sequenced([Command(_CANCEL_ALL, context.account, -1)], counting(context.account))


@method("private/cancel_all_by_instrument", scope="trade:read_write")
def cancel_all_by_instrument(context: Context, params: CancelByInstrumentParams) -> int | Sequenced:
    """Cancel the account's open orders in an instrument; return how many were."""
    types: frozenset[str] = chosen(CANCELLED_TYPES, params.type, "type")
    instrument = instrument_named(context.venue, params.instrument_name)
    return _cancel_in(context, [instrument], params.type, types)


@method("private/cancel_all_by_currency", scope="trade:read_write")
def cancel_all_by_currency(context: Context, params: CancelByCurrencyParams) -> int | Sequenced:
    """Cancel the account's open orders in a currency's instruments; return how many were."""
    types: frozenset[str] = chosen(CANCELLED_TYPES, params.type, "type")
    named = instruments_of(context.venue, params.currency)
    instruments = [instrument for instrument in named if in_kind(params.kind, instrument)]
    if not instruments:
        return 0
    return _cancel_in(context, instruments, params.type, types)


def _cancel_in(
    context: Context, instruments: list[Instrument], word: str, types: frozenset[str]
) -> int | Sequenced:
    account = context.account
    if word == "all":
        commands = [Command(_CANCEL_ALL, account, i.instrument_id) for i in instruments]
        return Sequenced(commands, counting(account))
    numbers = {instrument.instrument_id for instrument in instruments}
    return _cancel_each(
        context,
        (
            order
            for order in context.venue.views.orders.live(account)
            if order.instrument in numbers and open_type(order) in types
        ),
    )
