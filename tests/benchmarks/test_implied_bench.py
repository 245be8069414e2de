"""The benchmark of implied orders does what it says on a small scale."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import numpy as np

from benchmarks.implied_bench import MONTHS, SPREADS, Market, compare, measure, orders
from matching.layout import BOOK_LINKED


def test_both_markets_have_the_same_books_and_only_one_is_linked() -> None:
    linked, plain = Market(linked=True), Market(linked=False)
    assert len(linked.books) == len(plain.books) == MONTHS + SPREADS
    assert (linked.books.rows[MONTHS:, BOOK_LINKED] == 1).all()
    assert int(linked.books.rows[:MONTHS, BOOK_LINKED].sum()) == 2 * SPREADS
    assert not plain.books.rows[:, BOOK_LINKED].any()


def test_only_linked_books_trade_cycles() -> None:
    linked, plain = measure(3, 400, 5)
    assert linked[3] > 0
    assert plain[3] == 0
    assert min(linked[1], plain[1]) > 0


def test_orders_are_the_same_for_one_seed() -> None:
    first, second = (orders(np.random.default_rng(3), [10, 20], 50) for _ in range(2))
    assert (first == second).all()


def test_books_not_linked_are_compared_with_those_of_a_checkout(checkout: Path) -> None:
    """Another checkout is this one here: each turn is a process that prints one figure."""
    options = Namespace(rounds=2, orders=200, seed=1)
    (here, ours), (there, theirs) = compare(checkout, 2, options)
    assert (here, there) == ("here", str(checkout))
    assert len(ours) == len(theirs) == 2
    assert min(ours + theirs) > 0
