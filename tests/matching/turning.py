"""The same story told of another world: mirrored, shifted, or of people with other names.

A world says how a step and an event row of the first world read in the other one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from matching.layout import (
    INSTRUCTION_SHIFT,
    SLOT_BITS,
    SOURCE_MASK,
    SOURCE_SHIFT,
    TRAILING,
    WHEN_SHIFT,
    CommandKind,
    EventKind,
    Instruction,
)
from tests.matching.stories import LEVELS, OWNERS, Step
from tests.matching.telling import Books, perform

MARKET_BIT = int(Instruction.MARKET) << INSTRUCTION_SHIFT

TickMap = Callable[[int], int]


class World(NamedTuple):
    """How the other world reads: its prices, whether buyers are sellers there, its people."""

    ticks: TickMap = int
    mirrored: bool = False
    names: Sequence[int] = range(OWNERS)

    def base_ticks(self, base_ticks: int) -> int:
        """Where a book's domain begins."""
        ends = self.ticks(base_ticks), self.ticks(base_ticks + LEVELS - 1)
        return min(ends)

    def name(self, owner: int) -> int:
        """An owner's name; who is not in the owner table keeps it."""
        return self.names[owner] if 0 <= owner < OWNERS else owner

    def terms(self, terms: int) -> int:
        """Terms with the side, and the direction of a trigger, as they are there."""
        if self.mirrored:
            terms ^= 1
            if terms >> SOURCE_SHIFT & SOURCE_MASK:
                terms ^= 1 << WHEN_SHIFT
        return terms

    def _price(self, terms: int, ticks: int) -> int:
        return ticks if terms & MARKET_BIT else self.ticks(ticks)

    def command(self, row: list[int], order: Any, translate: Callable[[int], int]) -> list[int]:
        """A command row; ``order`` is what its ORDER_ID names in the first world."""
        kind, book, order_id, owner, terms, ticks, lots, conditions = row
        if kind == CommandKind.SUBMIT:
            ticks, terms = self._price(terms, ticks), self.terms(terms)
        elif kind == CommandKind.AMEND and order is not None:
            ticks = self._price(order.terms, ticks)
        return [kind, book, translate(order_id), self.name(owner), terms, ticks, lots, conditions]

    def table(self, command: list[int], row: list[int], order: Any, *, first: bool) -> list[int]:
        """A condition row of a command: its own, a linked order's or an entry of a quote.

        ``order`` is what the command's ORDER_ID names in the first world.
        """
        turned = list(row)
        if command[0] == CommandKind.AMEND:
            terms = order.terms if order is not None else 0
        else:
            terms = command[4] if first else row[8]
        if command[0] == CommandKind.MASS_QUOTE or not first:
            turned[8], turned[9] = self.terms(row[8]), self._price(row[8], row[9])
        if terms >> SOURCE_SHIFT & SOURCE_MASK and not terms & TRAILING:
            turned[3] = self.ticks(row[3])
        return turned

    def call(self, step: Step) -> Step:
        """A call beside the batch."""
        verb, arguments = step
        if verb in ("cancel_all", "set_holding", "set_protection", "set_group"):
            at = 1 if verb == "cancel_all" else 0
            named = list(arguments)
            named[at] = self.name(arguments[at])
            if verb == "set_group":
                named[1] = self.name(arguments[1])
            if verb == "set_holding" and self.mirrored:
                named[2] = -arguments[2]
            return Step(verb, tuple(named))
        if verb == "set_price":
            return Step(verb, (*arguments[:2], self.ticks(arguments[2])))
        if verb == "set_reference":
            return Step(verb, (arguments[0], self.ticks(arguments[1])))
        if verb == "set_band":
            ends = sorted(self.ticks(ticks) for ticks in arguments[1:])
            return Step(verb, (arguments[0], *ends))
        return step


class Twin:
    """Books of the other world beside those of the first, told each step as it reads there."""

    def __init__(self, world: World, first: Books, other: Books) -> None:
        self.world, self.first, self.other = world, first, other
        self._ids = {0: 0}
        self._market: set[int] = set()

    def step(self, step: Step) -> Step:
        """Return a step as it reads there; it must not have been taken in the first world yet."""
        if step.verb == "cancel":
            return Step("cancel", (self._ids.get(step.arguments[0], 0),))
        if step.verb != "apply":
            return self.world.call(step)
        commands, table = step.arguments
        rows, turned = [], [list(row) for row in table]
        for row in commands:
            order = self.first.order(row[2])
            rows.append(self.world.command(row, order, lambda name: self._ids.get(name, 0)))
            begin, length = row[7] - 1, len(table) - row[7] + 1
            if begin < 0:
                continue
            quotes = row[0] == CommandKind.MASS_QUOTE
            length = row[6] if quotes else 1 + table[begin][6]
            for number in range(begin, begin + length):
                own = number == begin and not quotes
                turned[number] = self.world.table(row, table[number], order, first=own)
        return Step("apply", (rows, turned))

    def tell(self, step: Step) -> list[tuple[int, ...]]:
        """Take a step in both worlds and assert that its rows are the same, as they read there."""
        there = self.step(step)
        answered = perform(self.first, step)
        other = perform(self.other, there)
        self._compare(answered, other, f"{step}\n{there}\n {answered}\n {other}")
        return answered

    def _compare(
        self, answered: list[tuple[int, ...]], other: list[tuple[int, ...]], story: str
    ) -> None:
        assert len(answered) == len(other), story
        for row, twin in zip(answered, other, strict=True):
            if row[0] == EventKind.ACCEPTED:
                assert twin[2] >> SLOT_BITS == row[2] >> SLOT_BITS, story
                self._ids[row[2]] = twin[2]
                if row[3] & MARKET_BIT:
                    self._market.add(row[2])
        if self.world.mirrored:
            # Bids go before asks wherever a whole book is walked through.
            answered = sorted(answered, key=lambda row: self._place(row, mirrored=False))
            other = sorted(other, key=lambda row: self._place(row, mirrored=True))
        for row, twin in zip(answered, other, strict=True):
            assert self._reads(row, twin), f"{row} {twin}\n{story}"

    def _place(self, row: tuple[int, ...], *, mirrored: bool) -> tuple[int, ...]:
        """Return what orders rows alike in both worlds; trades stay in the order they came."""
        kind, command, order_id, other = row[:4]
        if kind == EventKind.UNCROSSED and mirrored:
            order_id, other = other, order_id
        if kind in (EventKind.EXECUTED, EventKind.UNCROSSED):
            return command, kind
        return command, kind, order_id >> SLOT_BITS, row[7]

    def _reads(self, row: tuple[int, ...], twin: tuple[int, ...]) -> bool:
        kind, command, order_id, other, ticks, lots, leaves, more = row
        world = self.world
        order_id = self._ids.get(order_id, 0)
        # A collar, and the 0 that stands for no price, read the same everywhere.
        ticks_there = {world.ticks(ticks)}
        if row[2] in self._market or ticks == 0 or kind == EventKind.REJECTED:
            ticks_there |= {ticks, twin[4]} if kind == EventKind.REJECTED else {ticks}
        others = {other}
        if kind == EventKind.ACCEPTED:
            others = {world.terms(other)}
        elif kind == EventKind.EXECUTED:
            others = {self._ids[other]}
        elif kind == EventKind.UNCROSSED:
            others = {self._ids[other]}
            if world.mirrored:
                order_id, others = self._ids[other], {order_id}
                leaves, more = more, leaves
        elif kind in (EventKind.AMENDED, EventKind.ACTIVATED):
            others = {world.ticks(other), other}
        elif kind == EventKind.LIMIT_LOCKED and world.mirrored:
            others = {(0, 2, 1)[other]}
        elif kind == EventKind.PROTECTION_TRIPPED:
            others = {world.name(other)}
        elif kind == EventKind.INDICATED and world.mirrored:
            leaves = -leaves
        if kind == EventKind.REJECTED and world.mirrored:
            below, above = 14, 15
            others = {{below: above, above: below}.get(other, other)}
        if kind == EventKind.CANCELLED and world.mirrored and other in (14, 15):
            others = {29 - other}
        return (
            (kind, command, order_id, lots, leaves, more) == (*twin[:3], *twin[5:])
            and twin[4] in ticks_there
            and twin[3] in others
        )
