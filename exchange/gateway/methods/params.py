"""Types of parameters that several methods take, with their bounds."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

InstrumentName = Annotated[
    str, Meta(min_length=1, max_length=64, description="Name of a listed instrument")
]
Currency = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=32,
        description="A product family (base_currency), or USD or any for all of them",
    ),
]
Kind = Literal["any", "future", "option", "spot", "future_combo", "option_combo", "combo"]
"""Kinds of instrument in the dialect, see marketdata.kinds."""
OrderId = Annotated[str, Meta(min_length=1, max_length=64, description="order_id of an order")]
Label = Annotated[
    str,
    Meta(
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]*$",
        description="The client's own word for an order, used once; without control characters",
    ),
]
Count = Annotated[int, Meta(ge=1, le=1000, description="Most rows to return")]
Offset = Annotated[int, Meta(ge=0, le=1_000_000, description="Rows to pass over first")]
Sequence = Annotated[int, Meta(ge=0, le=2**62, description="trade_seq, inclusive")]
TradeId = Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[0-9]+$")]
Timestamp = Annotated[
    int, Meta(ge=0, le=32_503_708_800_000, description="Milliseconds since 1970 UTC, inclusive")
]
Sorting = Annotated[
    Literal["asc", "desc", "default"],
    Meta(description="Oldest or newest first; default: oldest where a start is given, else newest"),
]
Amount = Annotated[Decimal, Meta(description="Contracts, a whole number from 1")]
Price = Annotated[Decimal, Meta(description="Dollars per GPU-hour, a whole number of ticks")]


class InstrumentParams(msgspec.Struct, forbid_unknown_fields=True):
    """One instrument by name."""

    instrument_name: InstrumentName
