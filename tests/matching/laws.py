"""What must hold of any books after any step, reckoned from the event rows alone."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from matching.layout import CommandKind, EventKind, Side, State
from tests.matching.stories import OWNERS, Step


class Origin(NamedTuple):
    """Where an order comes from."""

    book: int
    owner: int
    side: int


class Ledger:
    """Sizes and holdings, kept by hand: ordered = filled + open + cancelled + reduced, for each order."""

    def __init__(self) -> None:
        self.origins: dict[int, Origin] = {}
        self.ordered: dict[int, int] = {}
        self.filled: dict[int, int] = defaultdict(int)
        self.taken: dict[int, int] = defaultdict(int)
        self.holdings: dict[tuple[int, int], int] = defaultdict(int)
        self.corrected: dict[int, int] = defaultdict(int)

    def note(self, step: Step, events: list[tuple[int, ...]]) -> None:
        """Take in a step and what it was answered."""
        if step.verb == "set_holding":
            owner, book, lots = step.arguments
            self.corrected[book] += lots - self.holdings[owner, book]
            self.holdings[owner, book] = lots
        for row in events:
            self._note(step, row)

    def _note(self, step: Step, row: tuple[int, ...]) -> None:
        kind, command, order_id, other, _, qty_lots, leaves_lots, _ = row
        if kind == EventKind.ACCEPTED:
            commands, _ = step.arguments
            entering = commands[command]
            self.origins[order_id] = Origin(entering[1], entering[3], other & 1)
            self.ordered[order_id] = qty_lots
        elif kind in (EventKind.EXECUTED, EventKind.UNCROSSED):
            for one in (order_id, other):
                book, owner, side = self.origins[one]
                self.filled[one] += qty_lots
                self.holdings[owner, book] += qty_lots if side == Side.BUY else -qty_lots
        elif kind in (EventKind.IMPLIED, EventKind.IMPLIED_LEG):
            self.filled[order_id] += qty_lots
            if kind == EventKind.IMPLIED_LEG:
                book, owner, side = self.origins[order_id]
                signed_lots = qty_lots if side == Side.BUY else -qty_lots
                self.holdings[owner, book] += signed_lots
                self.holdings[self.origins[other].owner, book] -= signed_lots
        elif kind in (EventKind.CANCELLED, EventKind.REDUCED):
            self.taken[order_id] += qty_lots
        elif kind == EventKind.AMENDED:
            self.ordered[order_id] = self.gone(order_id) + leaves_lots

    def gone(self, order_id: int) -> int:
        """Lots of an order that are no longer open."""
        return self.filled[order_id] + self.taken[order_id]

    def check(self, books: Any, count: int) -> None:
        """Assert that sizes and holdings of the books are those of the ledger."""
        live = 0
        for order_id, ordered_lots in self.ordered.items():
            left = ordered_lots - self.gone(order_id)
            order = books.order(order_id)
            assert left == (order.leaves_lots if order else 0), order_id
            assert order is None or order.filled_lots == self.filled[order_id]
            live += left > 0
        assert live == books.live
        for book in range(count):
            bid, ask = books.best_bid(book), books.best_ask(book)
            continuous = books.state(book) == State.OPEN and not books.gathers(book)
            assert not continuous or bid is None or ask is None or bid < ask
            held = {owner: books.holding(owner, book) for owner in range(OWNERS)}
            assert held == {owner: self.holdings[owner, book] for owner in held}
            everyone = [lots for (_, of_book), lots in self.holdings.items() if of_book == book]
            assert sum(everyone) == self.corrected[book]


def is_refused(step: Step, events: list[tuple[int, ...]]) -> bool:
    """Say whether a step was one command, rejected as a whole."""
    if step.verb == "apply" and (
        len(step.arguments[0]) != 1 or step.arguments[0][0][0] == CommandKind.MASS_QUOTE
    ):
        return False
    return [row[0] for row in events] == [EventKind.REJECTED]
