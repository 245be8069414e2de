"""The books and their oracle side by side: each command goes to both, everything is compared."""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from matching.book import OrderBooks
from matching.layout import (
    COMMAND_COLUMNS,
    INSTRUCTION_SHIFT,
    MAX_ORDERS,
    CommandKind,
    EventKind,
    Instruction,
    Side,
    TimeInForce,
    pack_terms,
)
from matching.reference import EventRow, ReferenceBooks
from tests.matching.verbs import rows_of

INT64_MAX = (1 << 63) - 1
INT64_MIN = -(1 << 63)

RECENT_ORDERS = 24
"""An intent names one of so many latest orders: some alive, some dead."""

STRANGE_IDS = (0, -1, 1, INT64_MAX, INT64_MIN, 1 << 24, (1 << 24) - 1, MAX_ORDERS + 7)
STRANGE_TERMS = (
    -1,
    INT64_MIN,
    INT64_MAX,
    1 << 5,
    pack_terms(Side.BUY, 5),
    pack_terms(Side.SELL, 15),
    128 << INSTRUCTION_SHIFT,
    pack_terms(Side.BUY, TimeInForce.GTC, Instruction.POST_ONLY | Instruction.MARKET),
    pack_terms(Side.SELL, TimeInForce.IOC, Instruction.POST_ONLY),
    pack_terms(Side.BUY, TimeInForce.FOK, Instruction.POST_ONLY),
)


class Intent(NamedTuple):
    """A command whose order is named by the number of its acceptance, not yet by its id."""

    kind: int
    book: int
    owner: int
    terms: int
    price_ticks: int
    qty_lots: int
    order: int
    strange_id: int | None = None


class Twins:
    """Books and oracle with the same books opened, fed with the same commands."""

    def __init__(
        self, books: list[tuple[int, int]], *, orders: int = 1024, max_orders: int = MAX_ORDERS
    ) -> None:
        self.fast = OrderBooks(orders=orders, max_orders=max_orders)
        self.slow = ReferenceBooks(orders=orders, max_orders=max_orders)
        self.count = len(books)
        self.order_ids: list[int] = []
        self.rows: list[list[int]] = []
        self.events: list[EventRow] = []
        for levels, base_ticks in books:
            assert self.fast.add_book(levels, base_ticks) == self.slow.add_book(levels, base_ticks)

    def row(self, intent: Intent) -> list[int]:
        """Return the command row of an intent, its order looked up among those accepted so far."""
        order_id = intent.strange_id
        if order_id is None:
            recent = self.order_ids[-RECENT_ORDERS:]
            order_id = recent[intent.order % len(recent)] if recent else 0
        kind, book, owner, terms, price_ticks, qty_lots = intent[:6]
        return [kind, book, order_id, owner, terms, price_ticks, qty_lots, 0]

    def do(self, intent: Intent) -> list[EventRow]:
        """Send one command to both and compare the event rows and the whole state."""
        row = self.row(intent)
        expected = self.slow.apply([row])
        answered = rows_of(self.fast.apply(np.array([row], np.int64)))
        assert answered == expected, f"command {row}"
        self.rows.append(row)
        self.events += [(row[0], len(self.rows) - 1, *row[2:]) for row in expected]
        self.order_ids += [event[2] for event in expected if event[0] == EventKind.ACCEPTED]
        self.compare()
        return expected

    def compare(self) -> None:
        """Assert that both hold the same orders, in the same order, in the same levels."""
        assert self.fast.live == self.slow.live
        for book in range(self.count):
            assert self.fast.best_bid(book) == self.slow.best_bid(book)
            assert self.fast.best_ask(book) == self.slow.best_ask(book)
            for side in Side:
                assert self.fast.orders(book, side) == self.slow.orders(book, side)
                depth = self.slow.depth(book, side)
                assert self.fast.depth(book, side) == depth
                assert all(self.fast.level(book, side, p) == (q, n) for p, q, n in depth)
                assert all(q > 0 and n > 0 for _, q, n in depth)
            bid, ask = self.slow.best_bid(book), self.slow.best_ask(book)
            assert bid is None or ask is None or bid < ask

    def commands(self) -> NDArray[np.int64]:
        """Return all command rows sent so far."""
        return np.array(self.rows, np.int64).reshape(-1, COMMAND_COLUMNS)


def intents(
    books: list[tuple[int, int]], *, span_ticks: int, max_lots: int = 12
) -> st.SearchStrategy[Intent]:
    """Commands for these (levels, base_ticks): mostly sound, prices within span of the middle."""
    some_terms = st.builds(
        pack_terms,
        st.sampled_from(Side),
        st.sampled_from([TimeInForce.GTC] * 4 + [TimeInForce.IOC, TimeInForce.FOK]),
        st.sampled_from(
            [Instruction.NONE] * 6 + [Instruction.POST_ONLY] * 2 + [Instruction.MARKET]
        ),
    )

    def for_book(book: int) -> st.SearchStrategy[Intent]:
        levels, base_ticks = books[book]
        middle = base_ticks + levels // 2
        low, high = max(base_ticks, middle - span_ticks), middle + span_ticks
        edges = [base_ticks - 1, base_ticks, base_ticks + levels - 1, base_ticks + levels]
        prices = st.integers(low, min(high, base_ticks + levels - 1))
        return st.builds(
            Intent,
            st.sampled_from(
                [CommandKind.SUBMIT] * 10
                + [CommandKind.CANCEL] * 4
                + [CommandKind.AMEND] * 5
                + [CommandKind.CANCEL_ALL]
            ),
            st.just(book),
            st.integers(1, 3),
            some_terms,
            st.one_of(*[prices] * 12, st.sampled_from(edges)),
            st.integers(1, max_lots),
            st.integers(0, 40),
            st.none(),
        )

    sound = [for_book(0)] * 8 + [for_book(book) for book in range(len(books))]
    strange = st.builds(
        Intent,
        st.sampled_from([1, 1, 1, 1, 2, 2, 3, 3, 4, 0, 6, -1, INT64_MIN, INT64_MAX]),
        st.sampled_from([0, 0, 0, -1, len(books), INT64_MAX, INT64_MIN]),
        st.sampled_from([0, 1, -1, INT64_MAX, INT64_MIN]),
        st.one_of(some_terms, st.sampled_from(STRANGE_TERMS)),
        st.sampled_from([0, 100, -1, INT64_MAX, INT64_MIN]),
        st.sampled_from([0, 1, -1, 1 << 40, (1 << 40) + 1, INT64_MAX, INT64_MIN]),
        st.integers(0, 40),
        st.one_of(st.none(), st.sampled_from(STRANGE_IDS)),
    )
    return st.one_of(*sound, strange)


def uniform_intents(seed: int, books: list[tuple[int, int]], count: int) -> list[Intent]:
    """Return a stream of sound commands around the middle of each book, the same for one seed."""
    draw = random.Random(seed)
    span_ticks = draw.choice([2, 5, 12])
    stream = []
    for _ in range(count):
        book = draw.randrange(len(books))
        levels, base_ticks = books[book]
        tif = draw.choices([TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK], [8, 1, 1])[0]
        instructions = draw.choices([0, Instruction.POST_ONLY, Instruction.MARKET], [8, 1, 1])[0]
        price_ticks = base_ticks + levels // 2 + draw.randint(-span_ticks, span_ticks)
        if instructions == Instruction.MARKET:
            price_ticks = draw.choice([0, 0, 2])
        stream.append(
            Intent(
                draw.choices([1, 2, 3, 4], [12, 4, 4, 0.2])[0],
                book,
                draw.randint(1, 3),
                pack_terms(draw.choice(list(Side)), tif, instructions),
                price_ticks,
                draw.choice([1, 2, 3, 10, 30]),
                draw.randrange(RECENT_ORDERS),
            )
        )
    return stream
