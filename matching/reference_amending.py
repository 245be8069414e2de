"""The verb AMEND of a command row: a new price and size, and a new trigger for an order that waits for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matching.layout import (
    AMEND_WHOLE,
    COMMAND_CONDITIONS,
    COMMAND_ORDER_ID,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_TERMS,
    CONDITION_TRAIL_TICKS,
    CONDITION_TRIGGER_TICKS,
    LEVEL_PENDING,
    MAX_PEAKS,
    MAX_QTY_LOTS,
    EventKind,
    Instruction,
    Reason,
    State,
)
from matching.reference_entry import run
from matching.reference_floor import Floor
from matching.reference_form import price_is_sound, trigger_is_sound
from matching.reference_market import band_refusal, increases, price_behind_opposite
from matching.reference_orders import RESTING, ReferenceOrder, Trigger
from matching.reference_queue import run_queue
from matching.reference_requests import Row
from matching.reference_verbs import reject


@dataclass(frozen=True)
class Change:
    """What an amend asks for; ``condition`` is its condition row, None where it names none."""

    price_ticks: int
    open_lots: int
    condition: Row | None

    def trigger_of(self, order: ReferenceOrder) -> Trigger | None:
        """The trigger that an order would have, as it has it where none is asked for."""
        if order.trigger is None or self.condition is None:
            return order.trigger
        return order.trigger.amended(
            self.condition[CONDITION_TRIGGER_TICKS], self.condition[CONDITION_TRAIL_TICKS]
        )


def amend(floor: Floor, command: Row, conditions: Sequence[Row]) -> None:
    """Give an order a new price, open size and trigger; only what asks for less keeps its place."""
    order_id, named = command[COMMAND_ORDER_ID], command[COMMAND_CONDITIONS]
    given = command[COMMAND_PRICE_TICKS], command[COMMAND_QTY_LOTS]
    order = floor.orders.get(order_id)
    if order is None:
        reject(floor, Reason.UNKNOWN_ORDER, order_id, *given)
        return
    if named and not 1 <= named <= len(conditions):
        reject(floor, Reason.INVALID_TERMS, order_id, *given)
        return
    filled_lots = order.filled_lots if command[COMMAND_TERMS] & AMEND_WHOLE else 0
    price_ticks = order.price_ticks if _stands_as_market(order) else given[0]
    asked = Change(price_ticks, given[1] - filled_lots, conditions[named - 1] if named else None)
    reason = _refusal(floor, order, asked)
    if reason != Reason.NONE:
        reject(floor, reason, order_id, *given)
        return
    book = floor.book_of(order)
    if book.state == State.OPEN and not order.waits:
        behind = price_behind_opposite(book, order, price_ticks)
        price_ticks = price_ticks if behind is None else behind
    order.trigger = asked.trigger_of(order)
    change(floor, order, price_ticks, asked.open_lots)
    run_queue(floor, book)


def _stands_as_market(order: ReferenceOrder) -> bool:
    return order.level_code == RESTING and order.has(Instruction.MARKET)


def _refusal(floor: Floor, order: ReferenceOrder, asked: Change) -> Reason:
    book = floor.book_of(order)
    if not 1 <= asked.open_lots <= MAX_QTY_LOTS:
        return Reason.INVALID_QTY
    if not _stands_as_market(order) and not price_is_sound(book, order.terms, asked.price_ticks):
        return Reason.INVALID_PRICE
    if order.display_lots and asked.open_lots > order.display_lots * MAX_PEAKS:
        return Reason.INVALID_DISPLAY
    if asked.condition is not None and not _trigger_suits(floor, order, asked.condition):
        return Reason.INVALID_TRIGGER
    if book.state not in (State.OPEN, State.PRE_OPEN):
        return Reason.NOT_OPEN
    if order.waits:
        return _reached(floor, order, asked)
    reason = band_refusal(book, order, asked.price_ticks)
    if reason != Reason.NONE:
        return reason
    if increases(floor, order, asked.open_lots):
        return Reason.REDUCE_ONLY_WOULD_INCREASE
    opens = book.state == State.OPEN
    if opens and price_behind_opposite(book, order, asked.price_ticks) is None:
        return Reason.POST_ONLY_WOULD_TRADE
    return Reason.NONE


def _trigger_suits(floor: Floor, order: ReferenceOrder, condition: Row) -> bool:
    """Whether an order still waits for a trigger of the kind that a condition row gives it."""
    if order.trigger is None or order.trigger.reached:
        return False
    trigger_ticks, trail_ticks = (
        condition[CONDITION_TRIGGER_TICKS],
        condition[CONDITION_TRAIL_TICKS],
    )
    return trigger_is_sound(floor.book_of(order), order.terms, trigger_ticks, trail_ticks)


def _reached(floor: Floor, order: ReferenceOrder, asked: Change) -> Reason:
    trigger = asked.trigger_of(order)
    if asked.condition is None or trigger is None or order.level_code != LEVEL_PENDING:
        return Reason.NONE
    source_ticks = floor.book_of(order).prices_of_sources.get(trigger.source)
    return Reason.TRIGGER_REACHED if trigger.is_reached_by(source_ticks) else Reason.NONE


def change(floor: Floor, order: ReferenceOrder, price_ticks: int, open_lots: int) -> None:
    """Carry out a checked amend, with the trades that follow from it."""
    book = floor.book_of(order)
    former_ticks = order.price_ticks
    less = price_ticks == former_ticks and open_lots <= order.open_lots
    keeps_place = less or order.waits
    if not keeps_place:
        book.detach(order)
    order.price_ticks, order.open_lots = price_ticks, open_lots
    order.shown_lots = min(order.shown_lots, open_lots)
    floor.emit(
        EventKind.AMENDED,
        order.order_id,
        former_ticks,
        price_ticks,
        open_lots,
        open_lots,
        keeps_place,
    )
    if not keeps_place:
        run(floor, order)
