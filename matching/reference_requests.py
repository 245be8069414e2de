"""An order as a command asks for it, before anybody has checked it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matching.layout import (
    COMMAND_CONDITIONS,
    COMMAND_OWNER,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_TERMS,
    CONDITION_COLUMNS,
    CONDITION_COMPLETE,
    CONDITION_DISPLAY_LOTS,
    CONDITION_EXPIRY_NS,
    CONDITION_LINK,
    CONDITION_LINKED,
    CONDITION_MINIMUM_LOTS,
    CONDITION_PRICE_TICKS,
    CONDITION_QTY_LOTS,
    CONDITION_TERMS,
    CONDITION_TRAIL_TICKS,
    CONDITION_TRIGGER_TICKS,
    TimeInForce,
)
from matching.reference_book import ReferenceBook
from matching.reference_orders import ReferenceOrder, make_trigger, tif_of

Row = Sequence[int]

NO_CONDITIONS = (0,) * CONDITION_COLUMNS


@dataclass(frozen=True)
class Request:
    """One order asked for; ``first_row`` is its condition row's index, None where it has none.

    ``condition`` is all zeros without a row, and None where the command names a row that is not in
    the table.
    """

    owner: int
    terms: int
    price_ticks: int
    qty_lots: int
    first_row: int | None
    condition: Row | None

    def says(self, column: int) -> int:
        """A value of the condition row."""
        return self.condition[column] if self.condition is not None else 0

    @property
    def link(self) -> int:
        """The Link code of the condition row."""
        return self.says(CONDITION_LINK)

    def make_order(self, book: ReferenceBook) -> ReferenceOrder:
        """The order that a sound request asks for, not yet admitted."""
        ends_at = {
            TimeInForce.DAY: book.day_end_ns,
            TimeInForce.GTD: self.says(CONDITION_EXPIRY_NS),
        }
        return ReferenceOrder(
            book.index,
            self.terms,
            self.owner,
            self.price_ticks,
            self.qty_lots,
            display_lots=self.says(CONDITION_DISPLAY_LOTS),
            minimum_lots=self.says(CONDITION_MINIMUM_LOTS),
            expiry_ns=ends_at.get(TimeInForce(tif_of(self.terms))),
            trigger=make_trigger(
                self.terms, self.says(CONDITION_TRIGGER_TICKS), self.says(CONDITION_TRAIL_TICKS)
            ),
        )


def request_of(command: Row, conditions: Sequence[Row]) -> Request:
    """The first order of a SUBMIT row."""
    named = command[COMMAND_CONDITIONS]
    condition: Row | None = NO_CONDITIONS
    if named:
        condition = conditions[named - 1] if 1 <= named <= len(conditions) else None
    return Request(
        command[COMMAND_OWNER],
        command[COMMAND_TERMS],
        command[COMMAND_PRICE_TICKS],
        command[COMMAND_QTY_LOTS],
        named - 1 if named else None,
        condition,
    )


def linked_requests(request: Request, conditions: Sequence[Row]) -> list[Request]:
    """The linked orders of a request whose number of rows is known to be in the table."""
    number = request.says(CONDITION_LINKED)
    if request.first_row is None or not number:
        return []
    behind = request.first_row + 1
    return [
        Request(
            request.owner,
            row[CONDITION_TERMS],
            row[CONDITION_PRICE_TICKS],
            row[CONDITION_QTY_LOTS],
            behind + place,
            row,
        )
        for place, row in enumerate(conditions[behind : behind + number])
    ]


def amended_condition(trigger_ticks: int, trail_ticks: int) -> Row:
    """The condition row of an amend that gives a trigger or a trail."""
    row = list(NO_CONDITIONS)
    row[CONDITION_TRIGGER_TICKS], row[CONDITION_TRAIL_TICKS] = trigger_ticks, trail_ticks
    return row


def is_complete(request: Request) -> bool:
    """Whether only a whole fill counts for the link."""
    return bool(request.says(CONDITION_COMPLETE))
