"""public/get_tradingview_chart_data: candles."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from exchange.gateway.errors import invalid_params
from exchange.gateway.methods.lookup import instrument_named
from exchange.gateway.methods.params import InstrumentName, Timestamp
from exchange.gateway.rpc import Context, method
from marketdata.candles import RESOLUTIONS

Resolution = Annotated[
    str,
    Meta(
        max_length=8,
        description="Minutes of a candle, or 1D",
        extra_json_schema={"enum": list(RESOLUTIONS)},
    ),
]


class ChartParams(msgspec.Struct, forbid_unknown_fields=True):
    """Candles of one instrument between two times."""

    instrument_name: InstrumentName
    start_timestamp: Timestamp
    end_timestamp: Timestamp
    resolution: Resolution


@method("public/get_tradingview_chart_data")
def get_tradingview_chart_data(context: Context, params: ChartParams) -> dict[str, Any]:
    """Return candles in columns; candles without trades repeat the former close."""
    number = instrument_named(context.venue, params.instrument_name).instrument_id
    if params.resolution not in RESOLUTIONS:
        raise invalid_params("resolution", f"offered: {', '.join(RESOLUTIONS)}")
    if params.start_timestamp > params.end_timestamp:
        raise invalid_params("end_timestamp", "is before start_timestamp")
    return context.venue.market.candles(
        number, params.resolution, params.start_timestamp, params.end_timestamp
    )
