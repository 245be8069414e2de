"""The edges: ladders' ends, empty stretches, sizes at their limit, pools that grow or are full."""

from __future__ import annotations

import random

import pytest

from matching.layout import (
    MAX_QTY_LOTS,
    CommandKind,
    EventKind,
    Instruction,
    Reason,
    Side,
    TimeInForce,
    TriggerSource,
    TriggerWhen,
    pack_terms,
)
from tests.matching.reference_desk import Ask
from tests.matching.telling import view
from tests.matching.twins import Intent, Twins
from tests.matching.verbs import Verbs

SUBMIT = CommandKind.SUBMIT


def order(
    side: int,
    price_ticks: int,
    qty_lots: int = 1,
    *,
    tif: int = TimeInForce.GTC,
    instructions: int = Instruction.NONE,
) -> Intent:
    terms = pack_terms(side, tif, instructions)
    return Intent(SUBMIT, 0, 1, terms, price_ticks, qty_lots, 0)


@pytest.mark.parametrize("base_ticks", [0, -4096, 4096, 1 << 40, -(1 << 40)])
@pytest.mark.parametrize("levels", [4096, 262_144])
def test_the_lowest_and_highest_price_trade(levels: int, base_ticks: int) -> None:
    twins = Twins([(levels, base_ticks)])
    low, high = base_ticks, base_ticks + levels - 1
    for side in Side:
        for outside in (low - 1, high + 1):
            assert twins.do(order(side, outside))[0][3] == Reason.INVALID_PRICE
    twins.do(order(Side.BUY, low, 3))
    twins.do(order(Side.SELL, high, 3))
    assert (twins.fast.best_bid(0), twins.fast.best_ask(0)) == (low, high)
    assert twins.do(order(Side.SELL, low, 2))[1][4] == low
    assert twins.do(order(Side.BUY, high, 2))[1][4] == high
    twins.do(order(Side.SELL, low, 2, tif=TimeInForce.IOC))
    twins.do(order(Side.BUY, 0, 2, instructions=Instruction.MARKET))
    assert twins.fast.live == 0
    twins.do(order(Side.SELL, low))
    twins.do(order(Side.BUY, low))
    twins.do(order(Side.BUY, high))
    twins.do(order(Side.SELL, high))
    assert twins.fast.live == 0


@pytest.mark.parametrize("gap", [0.5, 0.9, 0.999])
def test_prices_gap_without_trace(gap: float) -> None:
    """The market falls by half and more, again and again, and comes back in one step."""
    twins = Twins([(262_144, 0)])
    price_ticks = 262_000
    asks = [price_ticks]
    while price_ticks > 2:
        twins.do(order(Side.BUY, price_ticks - 1, 2))
        twins.do(order(Side.SELL, price_ticks, 2))
        below = int(price_ticks * (1 - gap))
        rows = twins.do(order(Side.SELL, below, 4))
        assert [row[4] for row in rows[1:]] == [price_ticks - 1]
        assert (twins.fast.best_bid(0), twins.fast.best_ask(0)) == (None, below)
        price_ticks = below
        asks.insert(0, price_ticks)
    rows = twins.do(order(Side.BUY, 262_143, 1_000))
    assert [row[4] for row in rows[1:]] == [p for p in asks for row in rows[1:] if row[4] == p]
    assert {row[4] for row in rows[1:]} == set(asks)
    assert (twins.fast.best_bid(0), twins.fast.best_ask(0)) == (262_143, None)


@pytest.mark.parametrize("seed", [5])
def test_a_sparse_deep_book_is_swept_level_by_level(seed: int) -> None:
    draw = random.Random(seed)
    twins = Twins([(262_144, 0)], orders=1)
    prices = sorted(draw.sample(range(262_144), 150))
    for price_ticks in draw.sample(prices, len(prices)):
        twins.do(order(Side.SELL, price_ticks))
    for price_ticks in prices:
        assert twins.fast.best_ask(0) == price_ticks
        assert twins.do(order(Side.BUY, 262_143, tif=TimeInForce.IOC))[1][4] == price_ticks
    for price_ticks in draw.sample(prices, len(prices)):
        twins.do(order(Side.BUY, price_ticks))
    rows = twins.do(order(Side.SELL, 0, len(prices)))
    assert [row[4] for row in rows[1:]] == prices[::-1]


def test_neighbours_across_the_words_of_the_ladder() -> None:
    """Best prices step over the borders of 64 and 4,096 levels, both ways."""
    edges = [0, 1, 63, 64, 127, 128, 4095, 4096, 8191, 8192, 262_079, 262_080, 262_142, 262_143]
    twins = Twins([(262_144, 0)])
    for price_ticks in edges:
        twins.do(order(Side.SELL, price_ticks))
    rows = twins.do(order(Side.BUY, 262_143, len(edges)))
    assert [row[4] for row in rows[1:]] == edges
    for price_ticks in edges:
        twins.do(order(Side.BUY, price_ticks))
    rows = twins.do(order(Side.SELL, 0, len(edges)))
    assert [row[4] for row in rows[1:]] == edges[::-1]


def test_the_largest_size_is_conserved_to_the_lot() -> None:
    twins = Twins([(4096, 0)])
    for qty_lots in (0, -1, MAX_QTY_LOTS + 1, (1 << 63) - 1, -(1 << 63)):
        assert twins.do(order(Side.BUY, 10, qty_lots))[0][3] == Reason.INVALID_QTY
    for _ in range(3):
        twins.do(order(Side.BUY, 10, MAX_QTY_LOTS))
    assert twins.fast.level(0, Side.BUY, 10) == (3 * MAX_QTY_LOTS, 3)
    twins.do(order(Side.SELL, 10, MAX_QTY_LOTS - 1))
    twins.do(order(Side.SELL, 10, MAX_QTY_LOTS))
    assert twins.fast.level(0, Side.BUY, 10) == (MAX_QTY_LOTS + 1, 2)
    assert twins.do(order(Side.SELL, 10, MAX_QTY_LOTS, tif=TimeInForce.FOK))[-1][0] == 2


@pytest.mark.parametrize("orders", [1, 2, 3])
def test_a_tiny_pool_grows_and_keeps_every_order(orders: int) -> None:
    twins = Twins([(4096, 0)] * 2, orders=orders)
    for number in range(150):
        side = number % 2
        price_ticks = 1000 + side * 2000 + number % 7
        terms = pack_terms(side)
        twins.do(Intent(SUBMIT, number % 2, number % 3, terms, price_ticks, number + 1, 0))
    assert twins.fast.live == 150
    for owner in range(3):
        twins.do(Intent(CommandKind.CANCEL_ALL, 0, owner, 0, 0, 0, 0))
    assert twins.fast.live == 75


def test_a_full_pool_refuses_and_is_unharmed() -> None:
    twins = Twins([(4096, 0)], orders=1, max_orders=3)
    for price_ticks in (10, 11, 12):
        twins.do(order(Side.SELL, price_ticks, 5))
    before = twins.fast.digest()
    for intent in (order(Side.SELL, 13), order(Side.BUY, 10), order(Side.BUY, 9)):
        (event,) = twins.do(intent)
        assert (event[0], event[3]) == (EventKind.REJECTED, Reason.BOOK_FULL)
        assert twins.fast.digest() == before
    cancel = Intent(CommandKind.CANCEL, 0, 0, 0, 0, 0, 0)
    twins.do(cancel)
    assert twins.do(order(Side.BUY, 11, 5))[0][0] == EventKind.ACCEPTED
    assert twins.fast.live == 1


def test_one_batch_may_fill_a_small_pool_many_times_over() -> None:
    """A sweep of thousands of orders writes more rows than were there before the batch."""
    count = 3000
    twins = Twins([(4096, 0)], orders=1)
    rows = [twins.row(order(Side.SELL, 100 + n % 50, 2)) for n in range(count)]
    rows.append(twins.row(order(Side.BUY, 200, 2 * count)))
    twins.rows = rows
    answered = [tuple(row) for row in twins.fast.apply(twins.commands()).tolist()]
    assert answered == twins.slow.apply(rows)
    assert len(answered) == 2 * count + 1
    twins.compare()


FAR = 1 << 62


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_that_sums_would_overflow_are_refused_and_change_nothing(
    books: Verbs, sign: int
) -> None:
    books.submit(0, Side.BUY, 10, 1)
    calls = [
        ("set_price", (0, TriggerSource.MARK), FAR - 1),
        ("set_price", (0, TriggerSource.INDEX), FAR - 1),
        ("set_holding", (1, 0), FAR),
        ("set_group", (1,), FAR),
        ("set_day_end", (0,), FAR),
        ("advance", (), FAR - 1),
    ]
    for verb, arguments, last in calls:
        before = view(books.books, 1)
        for number in (last + 1, 1 << 63, 1 << 70):
            with pytest.raises(ValueError, match="beyond"):
                getattr(books, verb)(*arguments, sign * number)
            assert view(books.books, 1) == before
        getattr(books, verb)(*arguments, sign * last)
    assert books.book_prices(0) == (None, sign * (FAR - 1), sign * (FAR - 1))
    assert books.holding(1, 0) == sign * FAR
    assert books.now_ns == max(0, sign) * (FAR - 1)


@pytest.mark.parametrize("sign", [1, -1])
def test_trailing_triggers_follow_a_price_at_its_bound(books: Verbs, sign: int) -> None:
    books.set_price(0, TriggerSource.MARK, sign * (FAR - 1))
    for when in TriggerWhen:
        ask = Ask(Side.BUY, 10, 1, source=TriggerSource.MARK, when=when, trailing=True)
        books.ask(ask._replace(trail_ticks=4095))
    triggers = [order[6] for order in books.waiting(0)]
    assert triggers == [sign * (FAR - 1) + 4095, sign * (FAR - 1) - 4095]
    books.set_price(0, TriggerSource.MARK, -sign * (FAR - 1))
    assert len(books.waiting(0)) == 1
