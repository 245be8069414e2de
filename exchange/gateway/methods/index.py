"""public/get_index_price, get_index_price_names, get_fixings, get_delivery_prices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.params import Count, Offset
from exchange.gateway.rpc import Context, NoParams, method
from marketdata.days import date_of
from marketdata.messages import dollars

IndexName = Annotated[str, Meta(min_length=1, max_length=64, description="Name of a price index")]
NS_PER_S = 1_000_000_000


class IndexParams(msgspec.Struct, forbid_unknown_fields=True):
    """One index by name."""

    index_name: IndexName


class FixingsParams(msgspec.Struct, forbid_unknown_fields=True):
    """Published fixings of one index."""

    index_name: IndexName
    offset: Offset = 0
    count: Count = 40


class DeliveryPricesParams(msgspec.Struct, forbid_unknown_fields=True):
    """Settlement prices of one index."""

    index_name: IndexName
    offset: Offset = 0
    count: Count = 10


def _check(context: Context, index_name: str) -> None:
    names = context.venue.market.indices()
    if index_name not in names:
        raise invalid_params("index_name", f"invalid index; offered: {', '.join(names)}")


@method("public/get_index_price")
def get_index_price(context: Context, params: IndexParams) -> dict[str, Any]:
    """Return the newest price of an index in dollars per GPU-hour."""
    _check(context, params.index_name)
    price = context.venue.market.index_price(params.index_name)
    if price is None:
        reason = f"{params.index_name} has not been published yet"
        raise RpcError.named("not_found", reason, "index_name")
    return price


@method("public/get_index_price_names")
def get_index_price_names(context: Context, params: NoParams) -> list[str]:
    """Return the names of the indices."""
    return context.venue.market.indices()


@method("public/get_fixings")
def get_fixings(context: Context, params: FixingsParams) -> dict[str, Any]:
    """Return the published fixings of an index as they stand, by which contracts settle, newest day first."""
    _check(context, params.index_name)
    days = sorted(
        (
            (day, fixing)
            for (index, day), fixing in context.venue.core.fixings.items()
            if index == params.index_name
        ),
        reverse=True,
    )
    return {
        "records_total": len(days),
        "data": [
            {
                "date": (date_of(day)).isoformat(),
                "price": dollars(fixing.price_micros),
                "version": fixing.version,
            }
            for day, fixing in days[params.offset : params.offset + params.count]
        ],
    }


@method("public/get_delivery_prices")
def get_delivery_prices(context: Context, params: DeliveryPricesParams) -> dict[str, Any]:
    """Return the final settlement prices of the instruments on an index, newest first."""
    _check(context, params.index_name)
    venue = context.venue
    settled = [
        settlement
        for settlement in venue.views.marks.settlements
        if venue.core.specs[settlement.instrument].index == params.index_name
    ]
    settled.reverse()
    return {
        "records_total": len(settled),
        "data": [
            {
                "date": datetime.fromtimestamp(one.ts_ns // NS_PER_S, UTC).date().isoformat(),
                "delivery_price": dollars(one.price_micros),
                "instrument_name": venue.core.specs[one.instrument].name,
            }
            for one in settled[params.offset : params.offset + params.count]
        ],
    }
