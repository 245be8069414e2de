"""public/get_last_trades_by_instrument[_and_time], get_last_trades_by_currency[_and_time]."""

from __future__ import annotations

from typing import Any

import msgspec

from exchange.gateway.errors import invalid_params
from exchange.gateway.methods.lookup import family_of, instrument_named
from exchange.gateway.methods.params import (
    Count,
    Currency,
    InstrumentName,
    Kind,
    Sequence,
    Sorting,
    Timestamp,
    TradeId,
)
from exchange.gateway.rpc import Context, method


class Page(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Bounds that every question about trades takes, inclusive.

    include_old changes nothing, because what is kept is bounded by number, not by age.
    """

    start_timestamp: Timestamp | None = None
    end_timestamp: Timestamp | None = None
    count: Count = 10
    sorting: Sorting = "default"
    include_old: bool = False


class TradesByInstrumentParams(Page, kw_only=True):
    """Trades of one instrument; start_seq and end_seq bound trade_seq."""

    instrument_name: InstrumentName
    start_seq: Sequence | None = None
    end_seq: Sequence | None = None


class TradesByCurrencyParams(Page, kw_only=True):
    """Trades of a currency's instruments; start_id and end_id bound trade_id."""

    currency: Currency
    kind: Kind = "any"
    start_id: TradeId | None = None
    end_id: TradeId | None = None


def check_range(params: Page) -> None:
    """Raise invalid params where the end lies before the start."""
    start, end = params.start_timestamp, params.end_timestamp
    if start is not None and end is not None and start > end:
        raise invalid_params("end_timestamp", "is before start_timestamp")


@method("public/get_last_trades_by_instrument")
def get_last_trades_by_instrument(
    context: Context, params: TradesByInstrumentParams
) -> dict[str, Any]:
    """Return the latest trades of one instrument."""
    check_range(params)
    return context.venue.market.trades(
        instrument_named(context.venue, params.instrument_name).instrument_id,
        count=params.count,
        start_seq=params.start_seq,
        end_seq=params.end_seq,
        start_ms=params.start_timestamp,
        end_ms=params.end_timestamp,
        sorting=params.sorting,
    )


@method("public/get_last_trades_by_instrument_and_time")
def get_last_trades_by_instrument_and_time(
    context: Context, params: TradesByInstrumentParams
) -> dict[str, Any]:
    """Return the trades of one instrument between two times."""
    return get_last_trades_by_instrument(context, params)


@method("public/get_last_trades_by_currency")
def get_last_trades_by_currency(context: Context, params: TradesByCurrencyParams) -> dict[str, Any]:
    """Return the latest trades of a currency's instruments."""
    check_range(params)
    family = family_of(context.venue, params.currency)
    return context.venue.market.family_trades(
        family,
        kind=params.kind,
        count=params.count,
        start_id=int(params.start_id) if params.start_id else None,
        end_id=int(params.end_id) if params.end_id else None,
        start_ms=params.start_timestamp,
        end_ms=params.end_timestamp,
        sorting=params.sorting,
    )


@method("public/get_last_trades_by_currency_and_time")
def get_last_trades_by_currency_and_time(
    context: Context, params: TradesByCurrencyParams
) -> dict[str, Any]:
    """Return the trades of a currency's instruments between two times."""
    return get_last_trades_by_currency(context, params)
