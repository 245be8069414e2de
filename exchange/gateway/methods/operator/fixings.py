"""operator/publish_fixing."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta

from exchange.core.commands import Command
from exchange.core.fixings import MAX_FIXING_MICROS, MAX_INDEX_NAME, next_version
from exchange.core.layout import CommandKind
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.operator.action import Operation, Reasoned, operation
from exchange.gateway.methods.operator.days import Day
from exchange.gateway.methods.operator.selection import check_near, micros
from exchange.gateway.methods.params import Price
from exchange.gateway.rpc import Context
from marketdata.days import day_number
from marketdata.messages import dollars

IndexName = Annotated[
    str, Meta(min_length=1, max_length=MAX_INDEX_NAME, description="Name of an index")
]
Version = Annotated[
    int, Meta(ge=1, le=1_000_000, description="1, or for a restatement the next one")
]


class FixingParams(Reasoned):
    """The fixing of an index for a day, or its restatement."""

    index_name: IndexName
    day: Day
    price: Price
    version: Version = 1
    force: bool = False


@operation("operator/publish_fixing", amount="price")
def publish_fixing(context: Context, params: FixingParams) -> Operation:
    """Publish the fixing by which contracts settle; what has settled by a former version stays."""
    core, index = context.venue.core, params.index_name
    try:
        day = day_number(date.fromisoformat(params.day))
    except ValueError:
        raise invalid_params("day", "is no day of the calendar") from None
    price_micros = micros(params.price, MAX_FIXING_MICROS, "price")
    if price_micros < 1:
        raise invalid_params("price", "must be above 0")
    expected = next_version(core, index, day)
    if params.version != expected:
        raise RpcError.named(
            "Invalid params",
            f"the next version of {index} for {params.day} is {expected}",
            "version",
        )
    former = core.fixings.get((index, day))
    if former is not None:
        named = f"version {former.version}, {dollars(former.price_micros)}"
        check_near(price_micros, former.price_micros, "price", named, params.force)
    command = Command(
        CommandKind.PUBLISH_FIXING,
        price_ticks=params.version,
        qty_lots=day,
        amount_micros=price_micros,
        text=index,
    )
    answer = {
        "index_name": index,
        "day": params.day,
        "version": params.version,
        "price": dollars(price_micros),
        "former_price": None if former is None else dollars(former.price_micros),
    }
    return Operation([command], lambda outcomes: answer)
