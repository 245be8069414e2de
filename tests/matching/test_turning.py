"""Random stories told of another world end the same: mirrored, shifted, renamed, in other batches."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.book import OrderBooks
from matching.layout import CommandKind, Side, TriggerSource
from tests.matching.stories import BASES_TICKS, LEVELS, MIDDLES_TICKS, OWNERS, Step, Teller
from tests.matching.telling import perform
from tests.matching.turning import Twin, World

EXAMPLES = int(os.environ.get("MATCHING_EXAMPLES", "40"))
STEPS = 120
MANY = settings(max_examples=EXAMPLES)
SEEDS = st.integers(0, 1 << 32)

CONTINUOUS = ("strange", "links", "set_state", "set_breaker")
AUCTIONS = ("strange", "links", "reduce_only", "trigger")
"""What a mirror may not have, because a walk through the book takes bids before asks, and rising triggers
before falling ones: rings and queues that such a walk makes depend on the order."""


def books_of(teller: Teller, world: World) -> OrderBooks:
    books = OrderBooks(orders=1, max_orders=teller.max_orders, owners=OWNERS)
    for book in range(teller.books):
        base_ticks = world.base_ticks(BASES_TICKS[book])
        books.add_book(LEVELS, base_ticks, teller.families[book], book + 1)
    return books


def tell(seed: int, world: World, without: tuple[str, ...], *, priced: bool = False) -> Twin:
    """Tell a story in both worlds, comparing each row."""
    teller = Teller(seed, without=without)
    twin = Twin(world, books_of(teller, World()), books_of(teller, world))
    if priced:
        for book in range(teller.books):
            # With a reference the auction's price is never a middle, which is rounded up.
            ticks = MIDDLES_TICKS[book]
            twin.tell(Step("set_price", (book, int(TriggerSource.MARK), ticks)))
            twin.tell(Step("set_price", (book, int(TriggerSource.INDEX), ticks)))
            for side in Side:
                row = [CommandKind.SUBMIT, book, 0, 0, int(side), ticks, 1, 0]
                teller.learn(twin.tell(Step("apply", ([row], []))))
    for _ in range(STEPS):
        teller.learn(twin.tell(teller.step()))
    return twin


def orders_of(books: Any, side: int) -> list[tuple[int, ...]]:
    return [order for book in range(len(books)) for order in books.orders(book, side)]


@pytest.mark.parametrize("without", [CONTINUOUS, AUCTIONS], ids=["continuous", "auctions"])
@MANY
@given(seed=SEEDS)
def test_a_mirrored_story_ends_mirrored(without: tuple[str, ...], seed: int) -> None:
    """Bids and asks change places, and prices their sign; orders arrive in the same order."""
    twin = tell(seed, World(ticks=lambda ticks: -ticks, mirrored=True), without, priced=True)
    for side in Side:
        ours, theirs = orders_of(twin.first, side), orders_of(twin.other, 1 - side)
        assert [(o[0] >> 24, o[1], -o[2], *o[3:]) for o in ours] == [
            (o[0] >> 24, *o[1:]) for o in theirs
        ]


@MANY
@given(seed=SEEDS, by_ticks=st.sampled_from([1, -1, 4096, -777, 1 << 40]))
def test_a_shifted_story_ends_shifted(seed: int, by_ticks: int) -> None:
    """All prices move by a constant; the breaker is left out, whose range is a part of the price."""
    world = World(ticks=lambda ticks: ticks + by_ticks)
    twin = tell(seed, world, ("strange", "set_breaker"))
    for side in Side:
        ours, theirs = orders_of(twin.first, side), orders_of(twin.other, side)
        assert [(o[0], o[1], o[2] + by_ticks, *o[3:]) for o in ours] == theirs


@MANY
@given(seed=SEEDS)
def test_a_story_of_other_names_ends_the_same(seed: int) -> None:
    """Owners, with their groups, holdings and protections, are called otherwise."""
    names = random.Random(seed).sample(range(OWNERS), OWNERS)
    twin = tell(seed, World(names=names), ("strange",))
    for side in Side:
        ours, theirs = orders_of(twin.first, side), orders_of(twin.other, side)
        assert [(o[0], names[o[1]], *o[2:]) for o in ours] == theirs
    for owner in range(OWNERS):
        for book in range(len(twin.first)):
            assert twin.first.holding(owner, book) == twin.other.holding(names[owner], book)


@MANY
@given(seed=SEEDS)
def test_batches_split_anywhere_end_the_same(seed: int) -> None:
    """Commands between two calls go in one batch, in pieces, or one by one: equal rows and digests."""
    teller = Teller(seed, without=("strange",))
    chance = random.Random(seed)
    single, pieces = books_of(teller, World()), books_of(teller, World())
    rows: list[list[int]] = []
    table: list[list[int]] = []
    expected: list[tuple[int, ...]] = []

    def flush() -> None:
        answered: list[tuple[int, ...]] = []
        start = 0
        while start < len(rows):
            stop = chance.randint(start + 1, len(rows))
            part = perform(pieces, Step("apply", (rows[start:stop], table)))
            answered += [(row[0], row[1] + start, *row[2:]) for row in part]
            start = stop
        assert answered == expected
        assert pieces.digest() == single.digest()
        rows.clear()
        table.clear()
        expected.clear()

    for _ in range(STEPS):
        step = teller.step()
        if step.verb == "cancel":
            step = Step("apply", ([[2, 0, *step.arguments, 0, 0, 0, 0, 0]], []))
        if step.verb != "apply" or chance.random() < 0.05:
            flush()
        if step.verb != "apply":
            events = perform(single, step)
            assert perform(pieces, step) == events
        else:
            commands, conditions = step.arguments
            events = []
            for row in commands:
                own = perform(single, Step("apply", ([row], conditions)))
                expected += [(one[0], len(rows), *one[2:]) for one in own]
                rows.append([*row[:7], row[7] + len(table) if row[7] else 0])
                events += own
            table += conditions
        teller.learn(events)
    flush()
