"""OrderBooks against the oracle: each event row, level and order after each command."""

from __future__ import annotations

import os
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import layout as at
from matching.book import OrderBooks
from matching.layout import (
    CommandKind,
    EventKind,
    Instruction,
    Reason,
    Side,
    TimeInForce,
    pack_terms,
)
from tests.matching.twins import Intent, Twins, intents, uniform_intents
from tests.matching.verbs import rows_of

EXAMPLES = int(os.environ.get("MATCHING_EXAMPLES", settings().max_examples // 2))
LONG_RUN = int(os.environ.get("MATCHING_LONG_RUN", "3000"))
MANY = settings(max_examples=EXAMPLES)
FEWER = settings(max_examples=max(EXAMPLES // 4, 1))

NARROW = [(4096, 0), (4096, -2048), (8192, 1_000_000)]
WIDE = [(262_144, 0), (4096, 0)]


@MANY
@given(st.lists(intents(NARROW, span_ticks=3), min_size=20, max_size=60))
def test_every_event_and_order_with_many_crosses(stream: list[Intent]) -> None:
    twins = Twins(NARROW, orders=1)
    for intent in stream:
        twins.do(intent)


@FEWER
@given(st.integers(0, 1 << 32))
def test_every_event_and_order_of_uniform_streams(seed: int) -> None:
    twins = Twins(NARROW, orders=1)
    for intent in uniform_intents(seed, NARROW, 200):
        twins.do(intent)


def test_uniform_streams_show_every_kind_of_event_often() -> None:
    kinds: list[int] = []
    for seed in range(10):
        twins = Twins(NARROW)
        for intent in uniform_intents(seed, NARROW, 200):
            twins.do(intent)
        kinds += [event[0] for event in twins.events]
    assert min(kinds.count(kind) for kind in list(EventKind)[:5]) > 50


@FEWER
@given(st.lists(intents(WIDE, span_ticks=131_071, max_lots=1 << 40), min_size=10, max_size=30))
def test_every_event_and_order_on_a_wide_ladder(stream: list[Intent]) -> None:
    twins = Twins(WIDE)
    for intent in stream:
        twins.do(intent)


@MANY
@given(st.lists(intents(NARROW, span_ticks=3), min_size=15, max_size=40), st.integers(1, 5))
def test_every_event_where_the_pool_is_nearly_full(stream: list[Intent], max_orders: int) -> None:
    twins = Twins(NARROW, orders=1, max_orders=max_orders)
    for intent in stream:
        twins.do(intent)
        assert twins.fast.live <= max_orders


@MANY
@given(
    st.lists(intents(NARROW, span_ticks=3), min_size=20, max_size=60), st.lists(st.integers(0, 60))
)
def test_batches_split_anywhere_give_the_same_rows(stream: list[Intent], cuts: list[int]) -> None:
    twins = Twins(NARROW)
    for intent in stream:
        twins.do(intent)
    commands = twins.commands()
    batched = Twins(NARROW).fast
    answered = []
    bounds = sorted({0, len(commands), *(cut for cut in cuts if cut < len(commands))})
    for start, stop in pairwise(bounds):
        rows = rows_of(batched.apply(commands[start:stop]))
        answered += [(row[0], row[1] + start, *row[2:]) for row in rows]
    assert answered == twins.events
    assert batched.digest() == twins.fast.digest()


@MANY
@given(st.lists(intents(NARROW, span_ticks=3), min_size=20, max_size=50), st.integers(0, 50))
def test_a_snapshot_continues_like_the_original(stream: list[Intent], cut: int) -> None:
    twins = Twins(NARROW, orders=1, max_orders=20)
    for intent in stream[:cut]:
        twins.do(intent)
    raw = twins.fast.snapshot()
    digest = twins.fast.digest()
    assert OrderBooks.restore(raw).digest() == digest
    original, twins.fast = twins.fast, OrderBooks.restore(raw)
    twins.compare()
    for intent in stream[cut:]:
        row = np.array([twins.row(intent)], np.int64)
        twins.do(intent)
        original.apply(row)
        assert twins.fast.digest() == original.digest()
    assert OrderBooks.restore(raw).digest() == digest


@MANY
@given(st.lists(intents(NARROW, span_ticks=3), min_size=20, max_size=50))
def test_sizes_are_conserved_and_rejections_change_nothing(stream: list[Intent]) -> None:
    twins = Twins(NARROW)
    ordered: dict[int, int] = {}
    gone: dict[int, int] = {}
    for intent in stream:
        before = twins.fast.digest()
        for event in twins.do(intent):
            kind, _, order_id, other, _, qty_lots, leaves_lots, _ = event
            if kind == EventKind.REJECTED:
                assert twins.fast.digest() == before
            elif kind == EventKind.ACCEPTED:
                ordered[order_id] = qty_lots
                gone[order_id] = 0
            elif kind == EventKind.EXECUTED:
                gone[order_id] += qty_lots
                gone[other] += qty_lots
            elif kind == EventKind.CANCELLED:
                gone[order_id] += qty_lots
            else:
                ordered[order_id] = gone[order_id] + leaves_lots
    open_lots = {
        order[0]: order[3]
        for book in range(len(NARROW))
        for side in Side
        for order in twins.fast.orders(book, side)
    }
    assert all(ordered[i] == gone[i] + open_lots.get(i, 0) for i in ordered)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_long_run_of_a_deep_book(seed: int) -> None:
    draw = random.Random(seed)
    twins = Twins([(4096, 0)], orders=2)
    for number in range(LONG_RUN):
        side = draw.choice(list(Side))
        away = int(draw.expovariate(0.05)) - 3
        price_ticks = 2000 + int(20 * np.sin(number / 300)) + (away if side else -away)
        kind = draw.choices([1, 2, 3, 4], [55, 25, 19, 1 if number % 7 == 0 else 0])[0]
        terms = pack_terms(side, draw.choices([0, 1, 2], [8, 1, 1])[0])
        order = draw.randrange(1 << 30)
        qty_lots = draw.randint(1, 30)
        twins.do(Intent(kind, 0, draw.randint(1, 9), terms, price_ticks, qty_lots, order))
    executed = sum(event[0] == EventKind.EXECUTED for event in twins.events)
    assert twins.fast.live > LONG_RUN // 60
    assert executed > LONG_RUN // 20


@MANY
@given(
    st.integers(-1, 5),
    st.integers(-1, 2),
    st.integers(0, 4095),
    st.integers(-1, 50),
    st.sampled_from(TimeInForce),
    st.sampled_from(Instruction),
)
def test_single_verbs_equal_rows_in_a_batch(
    book: int, side: int, price_ticks: int, qty_lots: int, tif: int, instructions: int
) -> None:
    twins = Twins([(4096, 0)] * 2)
    for books in (twins.fast, twins.slow):
        books.submit(0, Side.SELL, 2000, 7, owner=3)
        books.submit(0, Side.BUY, 1999, 7, owner=4)
    fast, slow = twins.fast, twins.slow
    options = {"tif": tif, "instructions": instructions, "owner": 9}
    entered = slow.submit(book, side, price_ticks, qty_lots, **options)
    assert rows_of(fast.submit(book, side, price_ticks, qty_lots, **options)) == entered
    order_id = entered[0][2]
    amended = slow.amend(order_id, price_ticks + 1, qty_lots + 1)
    assert rows_of(fast.amend(order_id, price_ticks + 1, qty_lots + 1)) == amended
    assert fast.order(order_id) == slow.order(order_id)
    assert rows_of(fast.cancel(order_id)) == slow.cancel(order_id)
    assert rows_of(fast.cancel_all(book, 3)) == slow.cancel_all(book, 3)
    twins.compare()


def test_books_can_be_added_while_others_hold_orders() -> None:
    twins = Twins([(4096, 0)])
    for price_ticks in (5, 6, 4000):
        twins.do(Intent(CommandKind.SUBMIT, 0, 1, 1, price_ticks, 3, 0))
    for levels, base_ticks in ((262_144, -100), (4096, 7)):
        assert twins.fast.add_book(levels, base_ticks) == twins.slow.add_book(levels, base_ticks)
        twins.count += 1
        twins.compare()
        twins.do(Intent(CommandKind.SUBMIT, twins.count - 1, 1, 0, 50, 3, 0))
    assert len(twins.fast) == 3


@pytest.mark.parametrize(
    "commands",
    [
        np.zeros(8, np.int64),
        np.zeros((1, 7), np.int64),
        np.zeros((1, 8), np.int32),
        np.zeros((1, 8), np.float64),
        np.zeros((1, 1, 8), np.int64),
    ],
)
def test_rows_of_another_shape_are_refused(commands: np.ndarray) -> None:
    books = OrderBooks()
    books.add_book()
    before = books.digest()
    with pytest.raises(ValueError, match="int64"):
        books.apply(commands)
    assert books.digest() == before


def test_no_commands_are_no_events() -> None:
    books = OrderBooks()
    assert len(books.apply(np.zeros((0, at.COMMAND_COLUMNS), np.int64))) == 0


def test_strided_commands_are_read_right() -> None:
    commands = np.zeros((6, 16), np.int64)
    books = OrderBooks()
    books.add_book()
    commands[:, 0:16:2] = [CommandKind.SUBMIT, 0, 0, 1, 0, 10, 1, 0]
    assert len(books.apply(commands[::2, ::2])) == 3
    assert books.level(0, Side.BUY, 10) == (3, 3)


def test_reasons_are_given_lowest_first() -> None:
    twins = Twins([(4096, 0)], orders=1, max_orders=2)
    bad_terms = pack_terms(Side.BUY, TimeInForce.IOC, Instruction.POST_ONLY)
    post_only = pack_terms(Side.BUY, TimeInForce.GTC, Instruction.POST_ONLY)
    fok = pack_terms(Side.BUY, TimeInForce.FOK)

    def reason(book: int, terms: int, price_ticks: int, qty_lots: int) -> int:
        (event,) = twins.do(Intent(CommandKind.SUBMIT, book, 0, terms, price_ticks, qty_lots, 0))
        assert event[0] == EventKind.REJECTED
        return event[3]

    twins.do(Intent(CommandKind.SUBMIT, 0, 0, Side.SELL, 100, 5, 0))
    twins.do(Intent(CommandKind.SUBMIT, 0, 0, Side.BUY, 90, 5, 0))
    assert reason(1, bad_terms, -1, 0) == Reason.UNKNOWN_BOOK
    assert reason(0, bad_terms, -1, 0) == Reason.INVALID_TERMS
    assert reason(0, post_only, -1, 0) == Reason.INVALID_QTY
    assert reason(0, post_only, -1, 1) == Reason.INVALID_PRICE
    assert reason(0, post_only, 100, 1) == Reason.POST_ONLY_WOULD_TRADE
    assert reason(0, fok, 100, 6) == Reason.FOK_NOT_FILLABLE
    assert reason(0, fok, 100, 5) == Reason.BOOK_FULL
