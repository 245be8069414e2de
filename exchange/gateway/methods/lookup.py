"""From the names in a request to the venue's instruments, families and the account's orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.gateway.errors import RpcError, invalid_params
from exchange.views.orders import Order, OrderState
from exchange.views.portfolio import CURRENCY
from marketdata.messages import Instrument

if TYPE_CHECKING:
    from exchange.gateway.rpc import Context
    from exchange.venue import Venue

ANY = "any"


def instrument_named(venue: Venue, name: str) -> Instrument:
    """Return the listed instrument of a name; raises not_found (13020)."""
    instrument = venue.instruments.get(name)
    if instrument is None:
        raise RpcError.named("not_found", f"no instrument is named {name}", "instrument_name")
    return instrument


def instrument_numbered(venue: Venue, number: int) -> Instrument:
    """Return the instrument that the core knows under a number."""
    return venue.market.board(number).instrument


def family_of(venue: Venue, currency: str) -> str | None:
    """Return the product family that a currency names, None for USD and any, which mean all.

    Raises invalid params (-32602) for other words.
    """
    if currency in (CURRENCY, ANY):
        return None
    families = venue.market.families()
    if currency not in families:
        offered = ", ".join((*families, CURRENCY, ANY))
        raise invalid_params("currency", f"invalid currency; offered: {offered}")
    return currency


def instruments_of(venue: Venue, currency: str) -> list[Instrument]:
    """Return the instruments that a currency covers, in the order of listing."""
    return venue.market.instruments(family_of(venue, currency))


def own_order(context: Context, order_id: str) -> Order:
    """Return the account's own order, open or lately closed; raises order_not_found (10004).

    Another account's order answers as one that never was.
    """
    family, _, digits = order_id.rpartition("-")
    if digits.isascii() and digits.isdigit():
        order = context.venue.views.orders.get(context.account, int(digits))
        if (
            order is not None
            and instrument_numbered(context.venue, order.instrument).family == family
        ):
            return order
    raise RpcError.named("order_not_found", "no order of this account has this id", "order_id")


def open_order(context: Context, order_id: str) -> Order:
    """Return the account's own open order; raises order_not_found or already_closed (10010)."""
    order = own_order(context, order_id)
    if order.state != OrderState.OPEN:
        raise already_closed(order)
    return order


def already_closed(order: Order) -> RpcError:
    """Return the error for an order that was open once."""
    state = "filled" if order.state == OrderState.FILLED else "cancelled"
    return RpcError.named("already_closed", f"the order is {state}", "order_id")
