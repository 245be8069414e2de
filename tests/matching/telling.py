"""Telling a story to the compiled books and to the oracle, and comparing all that can be seen of both."""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.book import OrderBooks
from matching.layout import COMMAND_COLUMNS, CONDITION_COLUMNS, Side
from matching.reference import ReferenceBooks
from tests.matching.laws import Ledger, is_refused
from tests.matching.linked_stories import LinkedTeller
from tests.matching.stories import LEVELS, OWNERS, Step, Teller
from tests.matching.verbs import rows_of

Books = OrderBooks | ReferenceBooks


def perform(books: Books, step: Step) -> list[tuple[int, ...]]:
    """Make one call on books of either kind."""
    if step.verb != "apply":
        return rows_of(getattr(books, step.verb)(*step.arguments))
    commands, conditions = step.arguments
    if isinstance(books, ReferenceBooks):
        return rows_of(books.apply(commands, conditions))
    return rows_of(
        books.apply(
            np.array(commands, np.int64).reshape(-1, COMMAND_COLUMNS),
            np.array(conditions, np.int64).reshape(-1, CONDITION_COLUMNS),
        )
    )


def view(books: Books, count: int) -> dict[str, Any]:
    """Return everything that books of either kind show."""
    seen: dict[str, Any] = {"live": books.live, "now": books.now_ns}
    for book in range(count):
        resting = [[tuple(o) for o in books.orders(book, side)] for side in Side]
        waiting = [tuple(w) for w in books.waiting(book)]
        seen[f"book {book}"] = {
            "state": books.state(book),
            "best": (books.best_bid(book), books.best_ask(book)),
            "tops": [books.top_order(book, side) for side in Side],
            "orders": resting,
            "depth": [[tuple(d) for d in books.depth(book, side)] for side in Side],
            "waiting": waiting,
            "prices": tuple(books.book_prices(book)),
            "range": tuple(books.range_ticks(book)),
            "indicative": tuple(books.indicative(book)),
            "holdings": [books.holding(owner, book) for owner in range(OWNERS)],
            "protections": [books.protection(owner, book) for owner in range(OWNERS)],
            "each": [books.order(o[0]) for o in resting[0] + resting[1] + waiting],
        }
    seen["family 7"] = [books.protection(owner, 7) for owner in range(OWNERS)]
    return seen


def opened(books: Any, teller: Teller) -> Any:
    """Open the books of a story."""
    for book in range(teller.books):
        family = teller.families[book]
        books.add_book(
            LEVELS,
            teller.bases_ticks[book],
            family=family,
            weight=book + 1,
            rule=teller.rules[book],
        )
    for combo, legs in teller.links:
        books.link(combo, legs, teller.ends_ns.get(combo, 0))
    return books


class Pair:
    """Compiled books and the oracle with the same books opened, and the laws that hold of both."""

    def __init__(self, teller: Teller) -> None:
        self.count = teller.books
        size = {"orders": 1, "max_orders": teller.max_orders, "owners": OWNERS}
        self.fast: OrderBooks = opened(OrderBooks(**size), teller)
        self.slow: ReferenceBooks = opened(ReferenceBooks(**size), teller)
        self.ledger = Ledger()

    def tell(self, step: Step) -> list[tuple[int, ...]]:
        """Make one call on both; assert that rows, views and laws agree; return the rows."""
        before = self.fast.digest()
        expected = perform(self.slow, step)
        answered = perform(self.fast, step)
        assert answered == expected, f"{step}\n  compiled {answered}\n  oracle   {expected}"
        left, right = view(self.fast, self.count), view(self.slow, self.count)
        differing = {name: (left[name], right[name]) for name in left if left[name] != right[name]}
        assert not differing, f"{step} {answered}\n  {differing}"
        if is_refused(step, answered):
            assert self.fast.digest() == before, f"{step} was rejected, and changed something"
        self.ledger.note(step, answered)
        self.ledger.check(self.fast, self.count)
        return answered


def tell_story(
    seed: int, steps: int, *, without: tuple[str, ...] = (), kind: type[Teller] | None = None
) -> list[tuple[int, ...]]:
    """Tell one story to both kinds of books; return all its rows, and on a difference name its seed.

    kind: of the market; by itself every fourth story is one of linked books.
    """
    if kind is None:
        kind = LinkedTeller if seed % 4 == 3 else Teller
    teller = kind(seed, without=without)
    pair = Pair(teller)
    told: list[tuple[int, ...]] = []
    for number in range(steps):
        step = teller.step()
        try:
            events = pair.tell(step)
        except Exception as difference:
            raise AssertionError(f"seed {seed}, step {number}: {step}") from difference
        teller.learn(events)
        told += events
    return told
