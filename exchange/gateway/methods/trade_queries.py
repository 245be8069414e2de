"""Questions about the account's own fills."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import msgspec

from exchange.gateway.errors import invalid_params
from exchange.gateway.methods.fills import told_fill
from exchange.gateway.methods.lookup import (
    family_of,
    instrument_named,
    instrument_numbered,
    own_order,
)
from exchange.gateway.methods.order_fields import FillFields
from exchange.gateway.methods.params import (
    Count,
    Currency,
    InstrumentName,
    Kind,
    OrderId,
    Sequence,
    Sorting,
    Timestamp,
    TradeId,
)
from exchange.gateway.rpc import Context, method
from exchange.views.trades import Fill
from marketdata.kinds import in_kind
from marketdata.messages import NS_PER_MS


class Page(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Bounds that every question about fills takes, inclusive.

    include_old and historical change nothing, because what is kept is bounded by number, not age.
    """

    start_timestamp: Timestamp | None = None
    end_timestamp: Timestamp | None = None
    count: Count = 10
    sorting: Sorting = "default"
    include_old: bool = False
    historical: bool = False


class ByInstrumentParams(Page, kw_only=True):
    """Fills in one instrument; start_seq and end_seq bound trade_seq."""

    instrument_name: InstrumentName
    start_seq: Sequence | None = None
    end_seq: Sequence | None = None


class ByCurrencyParams(Page, kw_only=True):
    """Fills in a currency's instruments; start_id and end_id bound trade_id."""

    currency: Currency
    kind: Kind = "any"
    start_id: TradeId | None = None
    end_id: TradeId | None = None


class ByOrderParams(msgspec.Struct, forbid_unknown_fields=True):
    """Fills of one order."""

    order_id: OrderId
    sorting: Sorting = "default"
    historical: bool = False


def _within(number: int, low: int | None, high: int | None) -> bool:
    return (low is None or number >= low) and (high is None or number <= high)


def _answer(context: Context, fills: Iterable[Fill]) -> list[FillFields]:
    return [told_fill(context.venue, fill) for fill in fills]


def _page(
    context: Context, params: Page, *, started: bool, holds: Callable[[Fill], bool]
) -> dict[str, Any]:
    start, end = params.start_timestamp, params.end_timestamp
    if start is not None and end is not None and start > end:
        raise invalid_params("end_timestamp", "is before start_timestamp")
    started = started or start is not None
    ascending = params.sorting == "asc" or (params.sorting == "default" and started)
    view = context.venue.views.trades
    fills = view.fills(context.account) if ascending else view.latest(context.account)
    matching = (
        fill for fill in fills if _within(fill.ts_ns // NS_PER_MS, start, end) and holds(fill)
    )
    found = list(islice(matching, params.count + 1))
    return {
        "trades": _answer(context, found[: params.count]),
        "has_more": len(found) > params.count,
    }


@method("private/get_user_trades_by_instrument", scope="trade:read")
def get_user_trades_by_instrument(context: Context, params: ByInstrumentParams) -> dict[str, Any]:
    """Return the account's fills in one instrument."""
    number = instrument_named(context.venue, params.instrument_name).instrument_id
    return _page(
        context,
        params,
        started=params.start_seq is not None,
        holds=lambda fill: (
            fill.instrument == number and _within(fill.trade_seq, params.start_seq, params.end_seq)
        ),
    )


@method("private/get_user_trades_by_instrument_and_time", scope="trade:read")
def get_user_trades_by_instrument_and_time(
    context: Context, params: ByInstrumentParams
) -> dict[str, Any]:
    """Return the account's fills in one instrument between two times."""
    return get_user_trades_by_instrument(context, params)


@method("private/get_user_trades_by_currency", scope="trade:read")
def get_user_trades_by_currency(context: Context, params: ByCurrencyParams) -> dict[str, Any]:
    """Return the account's fills in a currency's instruments."""
    family = family_of(context.venue, params.currency)
    start_id = int(params.start_id) if params.start_id else None
    end_id = int(params.end_id) if params.end_id else None
    return _page(
        context,
        params,
        started=start_id is not None,
        holds=lambda fill: (
            _within(fill.trade_id, start_id, end_id)
            and family in (None, instrument_numbered(context.venue, fill.instrument).family)
            and in_kind(params.kind, instrument_numbered(context.venue, fill.instrument))
        ),
    )


@method("private/get_user_trades_by_currency_and_time", scope="trade:read")
def get_user_trades_by_currency_and_time(
    context: Context, params: ByCurrencyParams
) -> dict[str, Any]:
    """Return the account's fills in a currency's instruments between two times."""
    return get_user_trades_by_currency(context, params)


@method("private/get_user_trades_by_order", scope="trade:read")
def get_user_trades_by_order(context: Context, params: ByOrderParams) -> list[FillFields]:
    """Return the fills of one order, oldest first unless asked otherwise."""
    order = own_order(context, params.order_id)
    fills = context.venue.views.trades.of_order(context.account, order.order_id)
    if params.sorting == "desc":
        fills.reverse()
    return _answer(context, fills)
