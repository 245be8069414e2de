"""operator/day_roll."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from exchange.gateway.errors import invalid_params
from exchange.gateway.methods.operator.action import Operation, Reasoned, operation
from exchange.gateway.rpc import Context
from marketdata.days import day_number

if TYPE_CHECKING:
    from exchange.venue import Outcome

Day = Annotated[str, Meta(min_length=10, max_length=10, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class DayRollParams(Reasoned):
    """The day that ends."""

    day: Day


@operation("operator/day_roll", amount="day")
def day_roll(context: Context, params: DayRollParams) -> Operation:
    """End a day ahead of the venue's own clock: statements are made, older trades are final."""
    try:
        number = day_number(date.fromisoformat(params.day))
    except ValueError:
        raise invalid_params("day", "is no day of the calendar") from None
    journal = context.venue.views.journal

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        return {"day": params.day, "statements": len(journal.latest)}

    return Operation([Command(CommandKind.DAY_ROLL, qty_lots=number)], answer)
