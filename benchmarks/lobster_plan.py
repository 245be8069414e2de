"""Commands that make a price-time book trade like a LOBSTER tape, with what they must execute.

Queues are by order id, not by row, because deep orders are shown again when they scroll into
view: such a late order sends those behind it to the back of its level. Where the exchange itself
did not trade by price and time (a handful of times an hour), the levels concerned are put back to
what the tape says, so that one such case does not disturb the rest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from benchmarks.lobster import Fill, Message, Step, steps
from matching.layout import MAX_LEVELS, CommandKind, EventKind, TimeInForce
from matching.reference import ReferenceBooks


class Execution(NamedTuple):
    """One execution of a planned command: the key of the resting order, size and price."""

    key: int
    qty_lots: int
    price_ticks: int


class TapeCommand(NamedTuple):
    """One command of a plan.

    key: names the order; each SUBMIT brings a new one, CANCEL and AMEND name an earlier one.
    qty_lots: size of a SUBMIT, new open size of an AMEND, 0 in a CANCEL.
    tape_id: the order on the tape, 0 for an aggressor.
    settled: the best prices after this command are a state of the tape, not one inside a requeue.
    executions: what a price-time book answers.
    fills: what the tape shows an aggressor getting.
    """

    kind: CommandKind
    key: int
    side: int
    price_ticks: int
    qty_lots: int
    tif: TimeInForce
    tape_id: int
    settled: bool = True
    executions: tuple[Execution, ...] = ()
    fills: tuple[Fill, ...] = ()

    def is_as_on_tape(self, tape_ids: dict[int, int]) -> bool:
        """Whether a price-time book executes this command as the tape shows (key -> tape id)."""
        return self.fills == tuple(
            Fill(tape_ids[key], qty_lots, price_ticks)
            for key, qty_lots, price_ticks in self.executions
        )


def plan(messages: Iterable[Message]) -> list[TapeCommand]:
    """Return the commands that replay a tape on one book, with what each must execute.

    A pure function of the tape: an engine that runs the commands in order and answers the
    executions listed trades by price and time; how often these equal the tape's fills says how
    well such a book describes the exchange.
    """
    planner = _Planner()
    for step in steps(list(messages)):
        planner.take(step)
    return planner.commands


class _Planner:
    """Turns steps into commands, with the reference book to tell what each executes."""

    def __init__(self) -> None:
        self.commands: list[TapeCommand] = []
        self._books = ReferenceBooks()
        self._book = self._books.add_book(MAX_LEVELS)
        self._order_ids: list[int] = [0]
        self._keys: dict[int, int] = {}
        self._tape_ids: list[int] = [0]
        self._resting: dict[int, Step] = {}
        self._level: dict[tuple[int, int], set[int]] = {}

    def take(self, step: Step) -> None:
        """Append the commands of one step."""
        if step.fills:
            self._aggress(step)
        elif step.kind == CommandKind.SUBMIT:
            level = self._level.setdefault((step.side, step.price_ticks), set())
            behind = [tape_id for tape_id in level if tape_id > step.tape_id]
            level.add(step.tape_id)
            self._resting[step.tape_id] = step
            self._enter(step)
            self._requeue(behind)
        elif step.kind == CommandKind.AMEND:
            key = self._keys[step.tape_id]
            self._books.amend(self._order_ids[key], step.price_ticks, step.qty_lots)
            self._append(step, key)
            self._resting[step.tape_id] = step
        else:
            self._withdraw(step)
            self._forget(step.tape_id)

    def _append(
        self,
        step: Step,
        key: int,
        tif: TimeInForce = TimeInForce.GTC,
        executions: tuple[Execution, ...] = (),
    ) -> None:
        kind, tape_id, side, price_ticks, qty_lots, fills = step
        self.commands.append(
            TapeCommand(
                kind,
                key,
                side,
                price_ticks,
                qty_lots,
                tif,
                tape_id,
                executions=executions,
                fills=fills,
            )
        )

    def _enter(self, step: Step, tif: TimeInForce = TimeInForce.GTC) -> tuple[Execution, ...]:
        key = len(self._order_ids)
        events = self._books.submit(
            self._book, step.side, step.price_ticks, step.qty_lots, tif=tif, owner=key
        )
        executions = tuple(
            Execution(self._key_of(other), qty_lots, price_ticks)
            for kind, _, _, other, price_ticks, qty_lots, _, _ in events
            if kind == EventKind.EXECUTED
        )
        self._order_ids.append(events[0][2])
        self._tape_ids.append(step.tape_id)
        self._keys[step.tape_id] = key
        self._append(step._replace(kind=CommandKind.SUBMIT), key, tif, executions)
        return executions

    def _key_of(self, order_id: int) -> int:
        return bisect_left(self._order_ids, order_id)

    def _withdraw(self, step: Step) -> None:
        key = self._keys[step.tape_id]
        self._books.cancel(self._order_ids[key])
        self._append(step._replace(kind=CommandKind.CANCEL, qty_lots=0), key)

    def _requeue(self, tape_ids: Iterable[int]) -> None:
        """Send orders to the back of their level in the order of their ids, open as on the tape."""
        ordered = sorted(tape_ids)
        first = len(self.commands)
        for tape_id in ordered:
            if self._books.order(self._order_ids[self._keys[tape_id]]) is not None:
                self._withdraw(self._resting[tape_id])
        for tape_id in ordered:
            if self._resting[tape_id].qty_lots > 0:
                self._enter(self._resting[tape_id])
        for position in range(first, len(self.commands) - 1):
            self.commands[position] = self.commands[position]._replace(settled=False)

    def _forget(self, tape_id: int) -> None:
        gone = self._resting.pop(tape_id)
        self._level[gone.side, gone.price_ticks].discard(tape_id)

    def _aggress(self, step: Step) -> None:
        executions = self._enter(step, TimeInForce.IOC)
        for fill in step.fills:
            order = self._resting[fill.tape_id]
            self._resting[fill.tape_id] = order._replace(qty_lots=order.qty_lots - fill.qty_lots)
        answered = tuple(Fill(self._tape_ids[key], *rest) for key, *rest in executions)
        if answered != step.fills:
            side = 1 - step.side
            for price_ticks in sorted({fill.price_ticks for fill in (*answered, *step.fills)}):
                self._requeue(self._level[side, price_ticks])
        for fill in step.fills:
            if fill.tape_id in self._resting and self._resting[fill.tape_id].qty_lots == 0:
                self._forget(fill.tape_id)
