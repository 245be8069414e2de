"""Questions about the account's own orders: state, open ones, history."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Annotated

import msgspec
from msgspec import Meta

from exchange.gateway.methods.lookup import (
    family_of,
    instrument_named,
    instrument_numbered,
    own_order,
)
from exchange.gateway.methods.order_fields import OrderFields, order_fields
from exchange.gateway.methods.order_terms import chosen
from exchange.gateway.methods.order_words import OPEN_ORDER_TYPES, open_type
from exchange.gateway.methods.params import (
    Count,
    Currency,
    InstrumentName,
    Kind,
    Label,
    Offset,
    OrderId,
)
from exchange.gateway.rpc import Context, method
from exchange.views.orders import Order
from marketdata.kinds import in_kind

OpenOrderType = Annotated[
    str, Meta(max_length=32, extra_json_schema={"enum": list(OPEN_ORDER_TYPES)})
]


class OrderStateParams(msgspec.Struct, forbid_unknown_fields=True):
    """One order by its id."""

    order_id: OrderId


class LabelParams(msgspec.Struct, forbid_unknown_fields=True):
    """Orders by their label."""

    label: Label
    currency: Currency = "any"


class OpenOrdersParams(msgspec.Struct, forbid_unknown_fields=True):
    """Open orders of every instrument."""

    kind: Kind = "any"
    type: OpenOrderType = "all"


class OpenOrdersByCurrencyParams(msgspec.Struct, forbid_unknown_fields=True):
    """Open orders of a currency's instruments."""

    currency: Currency
    kind: Kind = "any"
    type: OpenOrderType = "all"


class OpenOrdersByInstrumentParams(msgspec.Struct, forbid_unknown_fields=True):
    """Open orders of one instrument."""

    instrument_name: InstrumentName
    type: OpenOrderType = "all"


class HistoryByCurrencyParams(msgspec.Struct, forbid_unknown_fields=True):
    """Closed orders of a currency's instruments.

    include_unfilled: also those that closed without a fill. include_old changes nothing, because
    what is kept is bounded by number, not by age.
    """

    currency: Currency
    kind: Kind = "any"
    count: Count = 20
    offset: Offset = 0
    include_old: bool = False
    include_unfilled: bool = False


class HistoryByInstrumentParams(msgspec.Struct, forbid_unknown_fields=True):
    """Closed orders of one instrument; see HistoryByCurrencyParams."""

    instrument_name: InstrumentName
    count: Count = 20
    offset: Offset = 0
    include_old: bool = False
    include_unfilled: bool = False


def _fields(context: Context, orders: Iterable[Order]) -> list[OrderFields]:
    return [
        order_fields(order, instrument_numbered(context.venue, order.instrument))
        for order in orders
    ]


def _open_in(
    context: Context, family: str | None, kind: str, order_type: str = "all"
) -> list[OrderFields]:
    types: frozenset[str] = chosen(OPEN_ORDER_TYPES, order_type, "type")
    live = context.venue.views.orders.live(context.account)
    return _fields(
        context,
        (
            order
            for order in live
            if open_type(order) in types and _is_of(context, order, family, kind)
        ),
    )


def _is_of(context: Context, order: Order, family: str | None, kind: str) -> bool:
    instrument = instrument_numbered(context.venue, order.instrument)
    return family in (None, instrument.family) and in_kind(kind, instrument)


@method("private/get_order_state", scope="trade:read")
def get_order_state(context: Context, params: OrderStateParams) -> OrderFields:
    """Return one order of the account, open or lately closed."""
    order = own_order(context, params.order_id)
    return order_fields(order, instrument_numbered(context.venue, order.instrument))


@method("private/get_order_state_by_label", scope="trade:read")
def get_order_state_by_label(context: Context, params: LabelParams) -> list[OrderFields]:
    """Return the latest order under a label, open or lately closed, in a list of at most one."""
    family = family_of(context.venue, params.currency)
    order = context.venue.views.orders.labelled(context.account, params.label)
    if order is None:
        return []
    instrument = instrument_numbered(context.venue, order.instrument)
    return [order_fields(order, instrument)] if family in (None, instrument.family) else []


@method("private/get_open_orders", scope="trade:read")
def get_open_orders(context: Context, params: OpenOrdersParams) -> list[OrderFields]:
    """Return the account's open orders, earliest first; those that wait are open too."""
    return _open_in(context, None, params.kind, params.type)


@method("private/get_open_orders_by_currency", scope="trade:read")
def get_open_orders_by_currency(
    context: Context, params: OpenOrdersByCurrencyParams
) -> list[OrderFields]:
    """Return the account's open orders in a currency's instruments, earliest first."""
    family = family_of(context.venue, params.currency)
    return _open_in(context, family, params.kind, params.type)


@method("private/get_open_orders_by_instrument", scope="trade:read")
def get_open_orders_by_instrument(
    context: Context, params: OpenOrdersByInstrumentParams
) -> list[OrderFields]:
    """Return the account's open orders in one instrument, earliest first."""
    types: frozenset[str] = chosen(OPEN_ORDER_TYPES, params.type, "type")
    instrument = instrument_named(context.venue, params.instrument_name)
    orders = context.venue.views.orders.live(context.account, instrument.instrument_id)
    return [order_fields(order, instrument) for order in orders if open_type(order) in types]


@method("private/get_open_orders_by_label", scope="trade:read")
def get_open_orders_by_label(context: Context, params: LabelParams) -> list[OrderFields]:
    """Return the account's open orders that have a label."""
    orders = _open_in(context, family_of(context.venue, params.currency), "any")
    return [order for order in orders if order.label == params.label]


def _history(
    context: Context,
    orders: Iterable[Order],
    params: HistoryByCurrencyParams | HistoryByInstrumentParams,
) -> list[OrderFields]:
    told = (order for order in orders if params.include_unfilled or order.filled_lots)
    return _fields(context, islice(told, params.offset, params.offset + params.count))


@method("private/get_order_history_by_currency", scope="trade:read")
def get_order_history_by_currency(
    context: Context, params: HistoryByCurrencyParams
) -> list[OrderFields]:
    """Return the account's closed orders in a currency's instruments, latest closed first."""
    family = family_of(context.venue, params.currency)
    orders = (
        order
        for order in context.venue.views.orders.closed(context.account)
        if _is_of(context, order, family, params.kind)
    )
    return _history(context, orders, params)


@method("private/get_order_history_by_instrument", scope="trade:read")
def get_order_history_by_instrument(
    context: Context, params: HistoryByInstrumentParams
) -> list[OrderFields]:
    """Return the account's closed orders in one instrument, latest closed first."""
    number = instrument_named(context.venue, params.instrument_name).instrument_id
    closed = context.venue.views.orders.closed(context.account)
    return _history(context, (order for order in closed if order.instrument == number), params)
