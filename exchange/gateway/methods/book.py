"""public/get_order_book, ticker, get_book_summary_by_currency, get_book_summary_by_instrument."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from exchange.gateway.methods.lookup import instrument_named, instruments_of
from exchange.gateway.methods.params import (
    Currency,
    InstrumentName,
    InstrumentParams,
    Kind,
)
from exchange.gateway.rpc import Context, method
from marketdata.kinds import in_kind
from marketdata.messages import State

Depth = Annotated[int, Meta(ge=1, le=10_000, description="Most levels of each side")]

Combined = Annotated[
    bool, Meta(description="Let `bids` and `asks` be real and implied sizes together")
]


class OrderBookParams(msgspec.Struct, forbid_unknown_fields=True):
    """The best levels of one book."""

    instrument_name: InstrumentName
    depth: Depth = 5
    combined: Combined = False


class SummaryByCurrencyParams(msgspec.Struct, forbid_unknown_fields=True):
    """Summaries of a currency's instruments."""

    currency: Currency
    kind: Kind = "any"


@method("public/get_order_book")
def get_order_book(context: Context, params: OrderBookParams) -> dict[str, Any]:
    """Return the best levels of both sides with the ticker; levels are [price, amount]."""
    number = instrument_named(context.venue, params.instrument_name).instrument_id
    market = context.venue.market
    return market.order_book(number, params.depth, combined=params.combined)


@method("public/ticker")
def ticker(context: Context, params: InstrumentParams) -> dict[str, Any]:
    """Return best prices, mark, index, last trade and the last 24 hours of an instrument."""
    number = instrument_named(context.venue, params.instrument_name).instrument_id
    return context.venue.market.ticker(number)


@method("public/get_book_summary_by_currency")
def get_book_summary_by_currency(
    context: Context, params: SummaryByCurrencyParams
) -> list[dict[str, Any]]:
    """Return a summary of each instrument of a currency that has not expired."""
    market = context.venue.market
    instruments = instruments_of(context.venue, params.currency)
    numbers = [one.instrument_id for one in instruments if in_kind(params.kind, one)]
    return [market.summary(n) for n in numbers if market.state(n) != State.EXPIRED]


@method("public/get_book_summary_by_instrument")
def get_book_summary_by_instrument(
    context: Context, params: InstrumentParams
) -> list[dict[str, Any]]:
    """Return the summary of one instrument, in a list of one."""
    number = instrument_named(context.venue, params.instrument_name).instrument_id
    return [context.venue.market.summary(number)]
