"""Cycles of the oracle: a combo's book with those of its legs, and what their orders imply for one another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from matching.layout import MAX_LEGS, Side, State
from matching.rule import Algorithm

if TYPE_CHECKING:
    from matching.reference_book import ReferenceBook
    from matching.reference_floor import Floor
    from matching.reference_orders import ReferenceOrder


class Position(NamedTuple):
    """One book of a cycle: what a lot of the combo bought is there, and on which side the order stands."""

    book: ReferenceBook
    ratio: int
    side: int


class Cycle(NamedTuple):
    """A combo and its (leg, ratio), with ratios of 1 and -1, and when it ends (0: never)."""

    floor: Floor
    combo: ReferenceBook
    legs: tuple[tuple[ReferenceBook, int], ...]
    end_ns: int = 0

    def books(self) -> list[ReferenceBook]:
        """The combo's book, then those of its legs in order."""
        return [self.combo, *(leg for leg, _ in self.legs)]

    def positions(self, direction: int) -> list[Position]:
        """Where orders trade if the combo's order is on this side: the combo's first, with ratio -1.

        So that the sum of ratio and price over all of them is what is left over, or missing.
        """
        found = [Position(self.combo, -1, direction)]
        for leg, ratio in self.legs:
            found.append(Position(leg, ratio, 1 - direction if ratio > 0 else direction))
        return found

    def direction_for(self, book: ReferenceBook, side: int) -> int:
        """The direction in which an order of this side trades in one of the books."""
        return next(
            direction
            for direction in (0, 1)
            if Position(book, 0, side) in [p._replace(ratio=0) for p in self.positions(direction)]
        )

    def implied_ticks(self, direction: int, target: ReferenceBook) -> int | None:
        """The price that the others' best orders leave to one in ``target``, None where it may not trade."""
        ended = self.end_ns and self.floor.now_ns >= self.end_ns
        if ended or any(book.state != State.OPEN for book in self.books()):
            return None
        total, own = 0, 0
        for book, ratio, side in self.positions(direction):
            if book is target:
                own = ratio
                continue
            best = book.best(side)
            if best is None or not _in_range(book, best):
                return None
            total += ratio * best
        price_ticks = -own * total
        banded = target.low_band_ticks <= price_ticks <= target.high_band_ticks
        return price_ticks if banded and _in_range(target, price_ticks) else None

    def fronts(self, direction: int) -> list[ReferenceOrder] | None:
        """The first orders of all books in this direction, None where one has none."""
        positions = self.positions(direction)
        if any(book.best(side) is None for book, _, side in positions):
            return None
        return [book.front(side) for book, _, side in positions]


def _in_range(book: ReferenceBook, price_ticks: int) -> bool:
    low_ticks, high_ticks = book.range_ticks()
    return low_ticks <= price_ticks <= high_ticks


def links_fault(books: list[ReferenceBook], combo: int, legs: list[tuple[int, int]]) -> str | None:
    """Why books may not be linked as a combo and its (leg, ratio), None where they may."""
    named = [combo, *(leg for leg, _ in legs)]
    if any(not 0 <= book < len(books) for book in named):
        return "no such book"
    if not 2 <= len(legs) <= MAX_LEGS or len(set(named)) < len(named):
        return "legs"
    if any(ratio not in (1, -1) for _, ratio in legs):
        return "ratios"
    combos = {cycle.combo.index for book in books for cycle in book.cycles}
    taken = {book.index for one in books for cycle in one.cycles for book in cycle.books()}
    if combo in taken or combos & {leg for leg, _ in legs}:
        return "linked"
    if any(books[book].rule.algorithm != Algorithm.PRICE_TIME for book in named):
        return "algorithm"
    if books[combo].resting() or books[combo].waiting:
        return "orders"
    return None


def cycles_of(books: list[ReferenceBook]) -> Iterator[Cycle]:
    """All cycles, each once, in the order of their combos."""
    for book in books:
        for cycle in book.cycles:
            if cycle.combo is book:
                yield cycle


def leads(book: ReferenceBook, side: int, limit_ticks: int) -> bool:
    """Whether an order with this limit is before its own side, and so meets implied orders."""
    best = book.best(side)
    return best is None or (limit_ticks > best if side == Side.BUY else limit_ticks < best)


def best_implied(book: ReferenceBook, side: int) -> tuple[Cycle, int] | None:
    """The cycle, and its price, that is best for an order of this side; of equal ones the first linked."""
    found: tuple[Cycle, int] | None = None
    for cycle in book.cycles:
        price_ticks = cycle.implied_ticks(cycle.direction_for(book, side), book)
        if price_ticks is None:
            continue
        if found is None or (price_ticks < found[1] if side == 0 else price_ticks > found[1]):
            found = cycle, price_ticks
    return found
