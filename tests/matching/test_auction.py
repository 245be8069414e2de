"""The auction's price against published examples and against a trial of every tick."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from matching import layout as at
from matching.arrays import Arrays
from matching.auction import auction_price, level_total
from matching.bitmap import occupy, side_words
from matching.layout import Instruction, Side

BOOK = 1
LEVELS = 4_096
LEVEL_START = 100
BITMAP_START = 7
NONE = (-1, 0, 0)
STALE = 1 << 40
"""What links of empty levels say: to follow one is an IndexError, or a crash."""


@dataclass(frozen=True)
class Order:
    """A resting order by ladder index; a market order's index is the end of the ladder it rests at."""

    side: int
    index: int
    lots: int
    reserve_lots: int = 0
    market: bool = False


@dataclass(frozen=True)
class Market:
    """What surrounds the orders: band in ladder indices, prices in ticks."""

    base_ticks: int = 0
    band: tuple[int, int] = (0, LEVELS - 1)
    last_ticks: int = at.NO_PRICE
    mark_ticks: int = at.NO_PRICE


def bid(index: int, lots: int, reserve_lots: int = 0) -> Order:
    return Order(Side.BUY, index, lots, reserve_lots)


def ask(index: int, lots: int, reserve_lots: int = 0) -> Order:
    return Order(Side.SELL, index, lots, reserve_lots)


def market_order(side: int, lots: int) -> Order:
    return Order(side, 0 if side == Side.SELL else LEVELS - 1, lots, market=True)


def arrays_of(orders: list[Order], market: Market) -> Arrays:
    """Lay the orders out as rows, earliest first on each level, in the second of two books."""
    table = np.array(
        [(o.side, o.index, o.lots, o.reserve_lots, o.market) for o in orders], np.int64
    ).reshape(-1, 5)
    return arrays_of_table(table, market)


def arrays_of_table(table: Any, market: Market) -> Arrays:
    """Lay out orders given as columns side, index, lots, reserve_lots and market."""
    side, index, lots, reserve_lots, is_market = table.T
    count = len(table)
    books = np.full((2, at.BOOK_COLUMNS), at.NO_PRICE, np.int64)
    levels = np.full((LEVEL_START + 2 * LEVELS, at.LEVEL_COLUMNS), STALE, np.int64)
    levels[:, [at.LEVEL_QTY_LOTS, at.LEVEL_ORDERS]] = 0
    bitmap = np.full(BITMAP_START + 2 * side_words(LEVELS), -1, np.int64)
    bitmap[BITMAP_START:] = 0
    rows = np.zeros((count, at.ORDER_COLUMNS), np.int64)
    details = np.full((count, at.DETAIL_COLUMNS), STALE, np.int64)

    level = LEVEL_START + side * LEVELS + index
    rows[:, at.ORDER_LEVEL] = level
    rows[:, at.ORDER_LEAVES_LOTS] = lots
    rows[:, at.ORDER_TERMS] = (
        side
        | is_market * (int(Instruction.MARKET) << at.INSTRUCTION_SHIFT)
        | (reserve_lots > 0) * (at.MARK_DETAIL | at.MARK_ICEBERG)
        | BOOK << at.ORDER_BOOK_SHIFT
    )
    details[reserve_lots > 0, at.DETAIL_RESERVE_LOTS] = reserve_lots[reserve_lots > 0]
    arrival = np.argsort(level, kind="stable")
    same = level[arrival][1:] == level[arrival][:-1]
    rows[arrival[:-1], at.ORDER_NEXT] = np.where(same, arrival[1:], at.NO_SLOT)
    rows[arrival[1:], at.ORDER_PREVIOUS] = np.where(same, arrival[:-1], at.NO_SLOT)
    if count:
        rows[arrival[-1], at.ORDER_NEXT] = rows[arrival[0], at.ORDER_PREVIOUS] = at.NO_SLOT
        heads = arrival[np.append(True, ~same)]
        tails = arrival[np.append(~same, True)]
        levels[level[heads], at.LEVEL_HEAD] = heads
        levels[level[tails], at.LEVEL_TAIL] = tails
        np.add.at(levels[:, at.LEVEL_QTY_LOTS], level, lots)
        np.add.at(levels[:, at.LEVEL_ORDERS], level, 1)
        for place in np.unique(level):
            of_side, of_index = divmod(place - LEVEL_START, LEVELS)
            occupy(bitmap, BITMAP_START + of_side * side_words(LEVELS), LEVELS, of_index)

    row = books[BOOK]
    row[at.BOOK_BASE_TICKS] = market.base_ticks
    row[at.BOOK_LEVELS] = LEVELS
    for of_side in at.Side:
        row[at.BOOK_LEVEL_START + of_side] = LEVEL_START + of_side * LEVELS
        row[at.BOOK_BITMAP_START + of_side] = BITMAP_START + of_side * side_words(LEVELS)
    row[at.BOOK_BEST_BID] = index[side == 0].max(initial=-1)
    row[at.BOOK_BEST_ASK] = index[side == 1].min(initial=LEVELS)
    row[at.BOOK_ORDERS] = count
    row[at.BOOK_ICEBERGS] = (reserve_lots > 0).sum()
    row[at.BOOK_BAND_LOW], row[at.BOOK_BAND_HIGH] = market.band
    row[at.BOOK_LAST_TICKS] = market.last_ticks
    row[at.BOOK_MARK_TICKS] = market.mark_ticks
    nothing = np.zeros((0, 1), np.int64)
    pool = np.zeros(at.POOL_COUNTERS, np.int64)
    return Arrays(
        books, levels, bitmap, rows, details, nothing, nothing, pool, nothing, nothing.copy()
    )


def price_of(orders: list[Order], market: Market) -> tuple[int, int, int]:
    """Ask the kernel, and make sure that asking changes nothing."""
    arrays = arrays_of(orders, market)
    before = [array.copy() for array in arrays]
    index, volume_lots, surplus_lots = auction_price(arrays, BOOK)
    for array, former in zip(arrays, before, strict=True):
        assert np.array_equal(array, former)
    return int(index), int(volume_lots), int(surplus_lots)


def trial(orders: list[Order], market: Market) -> tuple[tuple[int, int, int], str]:
    """The rule of docs/matching.md word by word, every tick tried; and which part of it chose."""
    base_ticks = market.base_ticks
    low_ticks, high_ticks = market.band[0] + base_ticks, market.band[1] + base_ticks
    reference_ticks = market.mark_ticks if market.last_ticks == at.NO_PRICE else market.last_ticks
    limits = [order.index + base_ticks for order in orders if not order.market]
    if limits:
        ticks = range(max(low_ticks, min(limits)), min(high_ticks, max(limits)) + 1)
    elif market.band != (0, LEVELS - 1):
        ticks = range(low_ticks, high_ticks + 1)
    elif reference_ticks != at.NO_PRICE and low_ticks <= reference_ticks <= high_ticks:
        ticks = range(reference_ticks, reference_ticks + 1)
    else:
        return NONE, "no candidate"
    bought, sold = Counter[int](), Counter[int]()
    for tick in ticks:
        for order in orders:
            whole_lots = order.lots + order.reserve_lots
            if order.side == Side.BUY and (order.market or order.index + base_ticks >= tick):
                bought[tick] += whole_lots
            if order.side == Side.SELL and (order.market or order.index + base_ticks <= tick):
                sold[tick] += whole_lots
    volume_lots = max((min(bought[tick], sold[tick]) for tick in ticks), default=0)
    if volume_lots == 0:
        return NONE, "no volume"
    fullest = [tick for tick in ticks if min(bought[tick], sold[tick]) == volume_lots]
    least_lots = min(abs(bought[tick] - sold[tick]) for tick in fullest)
    best = [tick for tick in fullest if abs(bought[tick] - sold[tick]) == least_lots]
    if all(bought[tick] > sold[tick] for tick in best):
        rule, chosen = "buyers left", max(best)
    elif all(bought[tick] < sold[tick] for tick in best):
        rule, chosen = "sellers left", min(best)
    elif reference_ticks != at.NO_PRICE:
        rule, chosen = "reference", min(best, key=lambda tick: abs(tick - reference_ticks))
    else:
        rule, chosen = "middle", -(-(min(best) + max(best)) // 2)
    if {bought[tick] > sold[tick] for tick in best} == {True, False}:
        rule += " of both signs"
    return (chosen - base_ticks, volume_lots, bought[chosen] - sold[chosen]), rule


@st.composite
def frozen_books(draw: st.DrawFn) -> tuple[list[Order], Market]:
    """Books of few prices close together, at either end of the ladder or across a bitmap word."""
    window = draw(st.sampled_from([0, 58, 2_000, LEVELS - 10]))
    prices = st.one_of(
        st.integers(window, window + 9),
        st.sampled_from([0, window, window + 5, LEVELS - 1]),
    )
    sizes = st.one_of(st.integers(1, 3), st.integers(1, 20))
    reserves = st.sampled_from([0]) if draw(st.booleans()) else st.integers(0, 7)
    limit_orders = st.builds(Order, st.integers(0, 1), prices, sizes, reserves)
    market_orders = st.builds(market_order, st.integers(0, 1), sizes)
    kinds = draw(
        st.sampled_from([limit_orders, market_orders, st.one_of(limit_orders, market_orders)])
    )
    base_ticks = draw(st.sampled_from([0, -3, -LEVELS, 50_001]))
    low = draw(prices)
    near = st.integers(window - 5, window + 15).map(lambda index: index + base_ticks)
    ticks = st.one_of(st.just(at.NO_PRICE), near, st.sampled_from([-(1 << 50), 1 << 50]))
    return draw(st.lists(kinds, max_size=14)), Market(
        base_ticks=base_ticks,
        band=draw(
            st.one_of(
                st.just((0, LEVELS - 1)),
                st.integers(low, min(LEVELS - 1, low + 9)).map(lambda high: (low, high)),
            )
        ),
        last_ticks=draw(ticks),
        mark_ticks=draw(ticks),
    )


@given(frozen_books())
@example(([bid(10, 5), ask(11, 5)], Market()))
@example(([bid(11, 5), ask(10, 5)], Market()))
@example(([bid(11, 5), ask(10, 5)], Market(base_ticks=-3)))
@example(([bid(20, 9), bid(10, 6), ask(5, 6), ask(18, 9)], Market(last_ticks=30)))
@example(([bid(LEVELS - 1, 5), ask(0, 5)], Market(last_ticks=-1)))
def test_the_price_is_that_of_a_trial_of_every_tick(drawn: tuple[list[Order], Market]) -> None:
    orders, market = drawn
    expected, rule = trial(orders, market)
    event(rule)
    assert price_of(orders, market) == expected


def test_all_books_of_three_prices_and_at_most_two_lots_each() -> None:
    rules = Counter[str]()
    prices = (10, 12, 13)
    for lots in product(range(3), repeat=6):
        orders = [bid(*of) for of in zip(prices, lots[:3], strict=True) if of[1] > 0]
        orders += [ask(*of) for of in zip(prices, lots[3:], strict=True) if of[1] > 0]
        for last_ticks in (at.NO_PRICE, 10):
            market = Market(base_ticks=-1, last_ticks=last_ticks)
            expected, rule = trial(orders, market)
            rules[rule] += 1
            assert price_of(orders, market) == expected, (orders, market)
    ties = {"reference", "middle", "reference of both signs", "middle of both signs"}
    assert rules.keys() == {"no candidate", "no volume", "buyers left", "sellers left"} | ties


@given(frozen_books())
def test_mirrored_books_have_mirrored_prices(drawn: tuple[list[Order], Market]) -> None:
    orders, market = drawn
    top = LEVELS - 1
    mirrored = [replace(order, side=1 - order.side, index=top - order.index) for order in orders]

    def turned(ticks: int) -> int:
        return ticks if ticks == at.NO_PRICE else top + 2 * market.base_ticks - ticks

    other_market = Market(
        market.base_ticks,
        (top - market.band[1], top - market.band[0]),
        turned(market.last_ticks),
        turned(market.mark_ticks),
    )
    index, volume_lots, surplus_lots = price_of(orders, market)
    other, other_volume_lots, other_surplus_lots = price_of(mirrored, other_market)
    assert other_volume_lots == volume_lots
    assert abs(other_surplus_lots) == abs(surplus_lots)
    if volume_lots > 0:
        # The middle is rounded up in both.
        assert top - index <= other <= top - index + 1


XETRA_BASE_TICKS = 150


def xetra_case(case: dict[str, Any]) -> tuple[list[Order], Market]:
    """Read a published example; its levels without orders say where the limits of the book lie."""
    orders, empty = [], []
    for side, name in ((Side.BUY, "bid"), (Side.SELL, "ask")):
        for lots, price in case[name]:
            if lots == "mkt":
                orders.append(market_order(side, price))
            elif lots == "empty_level":
                empty.append(price - XETRA_BASE_TICKS)
            else:
                orders.append(Order(side, price - XETRA_BASE_TICKS, lots))
    return orders, Market(
        base_ticks=XETRA_BASE_TICKS,
        band=(min(empty), max(empty)) if empty else (0, LEVELS - 1),
        last_ticks=case.get("ref", at.NO_PRICE),
    )


@pytest.mark.parametrize("number", range(1, 10))
def test_published_examples(number: int, shared_data: Path) -> None:
    text = (shared_data / "order_flow" / "xetra_auction_examples.json").read_text("utf-8")
    cases = {case["n"]: case for case in json.loads(text)["cases"]}
    assert cases.keys() == set(range(1, 10))
    case = cases[number]
    orders, market = xetra_case(case)
    expected_ticks = case["px"]
    if number == 8:
        # The one example whose price is given in words.
        assert expected_ticks == "midpoint 200.5 rounded (201) or reference"
        expected_ticks = 201
        for reference_ticks, chosen in ((200, 200), (190, 199), (210, 202)):
            near = replace(market, mark_ticks=reference_ticks)
            assert price_of(orders, near) == (chosen - XETRA_BASE_TICKS, case["qty"], case["imb"])
    index, volume_lots, surplus_lots = price_of(orders, market)
    assert (volume_lots, surplus_lots) == (case["qty"], case["imb"])
    if expected_ticks is None:
        assert index == -1
    else:
        assert index + XETRA_BASE_TICKS == expected_ticks


@pytest.mark.parametrize(
    ("orders", "market", "expected"),
    [
        ([], Market(last_ticks=9), NONE),
        ([bid(10, 5)], Market(last_ticks=9), NONE),
        ([market_order(Side.SELL, 5)], Market(last_ticks=9), NONE),
        ([bid(10, 5), ask(11, 5)], Market(last_ticks=9), NONE),
        ([market_order(0, 5), market_order(1, 3)], Market(), NONE),
        ([market_order(0, 5), market_order(1, 3)], Market(mark_ticks=9), (9, 3, 2)),
        ([market_order(0, 5), market_order(1, 3)], Market(mark_ticks=LEVELS), NONE),
        ([market_order(0, 5), market_order(1, 3)], Market(last_ticks=8, mark_ticks=9), (8, 3, 2)),
        ([market_order(0, 5), market_order(1, 3)], Market(band=(7, 9)), (9, 3, 2)),
        ([market_order(0, 3), market_order(1, 5)], Market(band=(7, 9)), (7, 3, -2)),
        # Market orders stand where limit orders may stand too; only these make candidates.
        ([market_order(0, 2), bid(LEVELS - 1, 1), ask(0, 3)], Market(last_ticks=9), (9, 3, 0)),
        ([market_order(0, 2), market_order(1, 3), bid(20, 1)], Market(last_ticks=9), (20, 3, 0)),
        # What an iceberg hides trades too: without it the buyers would be short.
        ([bid(12, 1, 8), ask(10, 4), ask(11, 2)], Market(), (12, 6, 3)),
        # As many buyers left on one tick as sellers on the next: the reference says which.
        ([bid(11, 4), ask(10, 2), ask(11, 4)], Market(last_ticks=0), (11, 4, -2)),
        ([bid(10, 2), bid(11, 2), ask(10, 3)], Market(last_ticks=0), (10, 3, 1)),
    ],
)
def test_cases_by_hand(orders: list[Order], market: Market, expected: tuple[int, int, int]) -> None:
    assert price_of(orders, market) == expected
    assert trial(orders, market)[0] == expected


def test_a_level_counts_what_its_icebergs_hide() -> None:
    orders = [bid(5, 3), bid(5, 2, 40), ask(5, 7, 1), bid(6, 1)]
    arrays = arrays_of(orders, Market())
    totals = [level_total(arrays, BOOK, LEVEL_START + index) for index in (4, 5, 6)]
    assert totals == [0, 45, 1]
    assert level_total(arrays, BOOK, LEVEL_START + LEVELS + 5) == 8


def large_table(seed: int, icebergs: bool) -> Any:
    """500,000 orders of both sides over all prices of the ladder, with market orders among them."""
    chance, count = np.random.default_rng(seed), 500_000
    side = chance.integers(0, 2, count)
    index = np.clip(
        chance.normal(LEVELS // 2 + np.where(side == 0, -60, 60), 500, count), 0, LEVELS - 1
    ).astype(np.int64)
    lots = chance.integers(1, 1_000, count)
    reserve_lots = chance.integers(0, 3, count) * lots if icebergs else np.zeros(count, np.int64)
    is_market = np.zeros(count, np.int64)
    is_market[:1_000] = 1
    reserve_lots[:1_000] = 0
    index[:1_000] = np.where(side[:1_000] == 0, LEVELS - 1, 0)
    return np.stack([side, index, lots, reserve_lots, is_market], axis=1)


def price_by_sums(table: Any, last_ticks: int) -> tuple[int, int, int]:
    """The same rule by running sums over all ticks, for books that are deep on both sides."""
    side, index, lots, reserve_lots, _ = table.T
    whole_lots = (lots + reserve_lots).astype(np.float64)
    bids = np.bincount(index[side == 0], whole_lots[side == 0], LEVELS).astype(np.int64)
    asks = np.bincount(index[side == 1], whole_lots[side == 1], LEVELS).astype(np.int64)
    bought, sold = bids[::-1].cumsum()[::-1], asks.cumsum()
    volume_lots = np.minimum(bought, sold)
    surplus_lots = bought - sold
    fullest = np.flatnonzero(volume_lots == volume_lots.max())
    least = np.abs(surplus_lots[fullest]).min()
    best = fullest[np.abs(surplus_lots[fullest]) == least]
    chosen = best[np.abs(best - last_ticks).argmin()]
    if (surplus_lots[best] > 0).all():
        chosen = best.max()
    elif (surplus_lots[best] < 0).all():
        chosen = best.min()
    return int(chosen), int(volume_lots[chosen]), int(surplus_lots[chosen])


@pytest.mark.parametrize("icebergs", [False, True])
def test_half_a_million_orders(icebergs: bool) -> None:
    table = large_table(11, icebergs)
    arrays = arrays_of_table(table, Market(last_ticks=2_000))
    if not icebergs:
        # Orders between the ends of the ladder lead nowhere: a walk over them would never return.
        inside = (table[:, 1] > 0) & (table[:, 1] < LEVELS - 1)
        arrays.orders[inside, at.ORDER_NEXT] = np.flatnonzero(inside)
    expected = price_by_sums(table, 2_000)
    assert expected[1] > 0
    assert auction_price(arrays, BOOK) == expected


class CountedRows:
    """An array that counts how often its rows are read, by column."""

    def __init__(self, array: Any) -> None:
        self.array, self.reads = array, Counter[int]()

    def __getitem__(self, place: tuple[int, int]) -> Any:
        self.reads[place[1]] += 1
        return self.array[place]


@pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") != "1",
    reason="reads can be counted only while the compiler is off",
)
@pytest.mark.parametrize("icebergs", [False, True])
def test_levels_are_read_twice_at_most(icebergs: bool) -> None:
    table = large_table(12, icebergs)
    arrays = arrays_of_table(table, Market())
    levels, orders = CountedRows(arrays.levels), CountedRows(arrays.orders)
    index, volume_lots, _ = auction_price(arrays._replace(levels=levels, orders=orders), BOOK)
    occupied = int((arrays.levels[:, at.LEVEL_ORDERS] > 0).sum())
    assert index > 0
    assert volume_lots > 0
    assert occupied // 2 < levels.reads[at.LEVEL_QTY_LOTS] <= 2 * occupied
    # The market orders, and in a book with icebergs every order twice at most.
    assert orders.reads[at.ORDER_NEXT] <= (2 * len(table) if icebergs else 0) + 1_000
