"""Defects that public matching engines were found to have, one test each, on both implementations."""

from __future__ import annotations

import numpy as np
import pytest

from matching import layout as at
from matching.book import OrderBooks
from matching.layout import CommandKind, EventKind, Reason, Side, TimeInForce, pack_terms
from tests.matching.verbs import Verbs

BUY, SELL = Side


def executions(events: list[tuple[int, ...]]) -> list[tuple[int, int, int]]:
    """Resting order, price and size of each execution."""
    return [(row[3], row[4], row[5]) for row in events if row[0] == EventKind.EXECUTED]


def test_no_stale_level_after_its_last_order_is_cancelled(books: Verbs) -> None:
    best = books.enter(SELL, 10, 1)
    behind = books.enter(SELL, 11, 1)
    books.cancel(best)
    assert books.best_ask(0) == 11
    assert books.depth(0, SELL) == [(11, 1, 1)]
    assert executions(books.submit(0, BUY, 11, 1)) == [(behind, 11, 1)]
    assert books.depth(0, SELL) == []
    assert books.best_ask(0) is None


def test_no_phantom_trade_with_what_is_gone(books: Verbs) -> None:
    first = books.enter(SELL, 10, 5)
    assert executions(books.submit(0, BUY, 10, 5)) == [(first, 10, 5)]
    assert executions(books.submit(0, BUY, 10, 5)) == []
    assert books.depth(0, BUY) == [(10, 5, 1)]


def test_time_priority_survives_partial_fills_and_cancels_before_it(books: Verbs) -> None:
    queue = [books.enter(BUY, 10, 10) for _ in range(4)]
    books.submit(0, SELL, 10, 4)
    books.cancel(queue[1])
    assert executions(books.submit(0, SELL, 10, 16)) == [
        (queue[0], 10, 6),
        (queue[2], 10, 10),
    ]


@pytest.mark.parametrize("side", Side)
def test_fills_are_at_the_resting_price(books: Verbs, side: int) -> None:
    resting = books.enter(1 - side, 100, 5)
    limit = 150 if side == BUY else 50
    assert executions(books.submit(0, side, limit, 5)) == [(resting, 100, 5)]


def test_a_dead_id_is_never_acknowledged(books: Verbs) -> None:
    filled = books.enter(SELL, 10, 1)
    books.submit(0, BUY, 10, 1)
    killed = books.submit(0, BUY, 10, 1, tif=TimeInForce.IOC)[0][2]
    cancelled = books.enter(SELL, 10, 1)
    books.cancel(cancelled)
    alive = books.enter(SELL, 10, 1)
    for dead in (filled, killed, cancelled):
        assert books.cancel(dead)[0][3] == Reason.UNKNOWN_ORDER
        assert books.amend(dead, 10, 1)[0][3] == Reason.UNKNOWN_ORDER
    assert [order[0] for order in books.orders(0, SELL)] == [alive]


def test_size_is_conserved_through_a_sweep_of_many_levels(books: Verbs) -> None:
    for price_ticks in range(10, 20):
        books.enter(SELL, price_ticks, price_ticks)
    rows = books.submit(0, BUY, 17, 1000)
    taken = sum(size for _, _, size in executions(rows))
    assert taken == sum(range(10, 18))
    assert [row[6] for row in rows[1:]] == [1000 - sum(range(10, p + 1)) for p in range(10, 18)]
    assert books.depth(0, BUY) == [(17, 1000 - taken, 1)]
    assert sum(lots for _, lots, _ in books.depth(0, SELL)) == 18 + 19


@pytest.mark.parametrize("tif", [TimeInForce.IOC, TimeInForce.FOK])
def test_neither_ioc_nor_fok_leaves_a_residual(books: Verbs, tif: int) -> None:
    books.enter(SELL, 10, 5)
    books.submit(0, BUY, 10, 6, tif=tif)
    books.submit(0, BUY, 9, 6, tif=tif)
    assert books.depth(0, BUY) == []
    assert books.live == (0 if tif == TimeInForce.IOC else 1)


def test_a_modify_keeps_priority_only_when_it_shrinks(books: Verbs) -> None:
    first, second, third = (books.enter(BUY, 10, 5) for _ in range(3))
    books.amend(second, 10, 4)
    books.amend(first, 10, 6)
    assert [order[0] for order in books.orders(0, BUY)] == [second, third, first]


def test_a_modify_never_loses_the_order(books: Verbs) -> None:
    order_id = books.enter(BUY, 10, 5)
    sibling = books.enter(BUY, 10, 5)
    for price_ticks, qty_lots in [(11, 5), (9, 7), (9, 3), (4095, 1), (0, 2)]:
        books.amend(order_id, price_ticks, qty_lots)
        assert books.order(order_id)[3:5] == (price_ticks, qty_lots)
        assert books.level(0, BUY, price_ticks) == (qty_lots, 1)
    for price_ticks, qty_lots in [(-1, 5), (4096, 5), (10, 0), (10, (1 << 40) + 1)]:
        assert books.amend(order_id, price_ticks, qty_lots)[0][0] == EventKind.REJECTED
        assert books.order(order_id)[3:5] == (0, 2)
    assert books.cancel(sibling)[0][0] == EventKind.CANCELLED
    assert books.cancel(order_id)[0][0] == EventKind.CANCELLED
    assert books.live == 0


def test_prices_are_integers_and_nothing_else() -> None:
    books = OrderBooks()
    books.add_book()
    before = books.digest()
    row = [CommandKind.SUBMIT, 0, 0, 0, pack_terms(BUY), 10.5, 1, 0]
    with pytest.raises(ValueError, match="int64"):
        books.apply(np.array([row]))
    assert books.digest() == before


def test_no_id_is_given_twice(books: Verbs) -> None:
    seen = set()
    for number in range(300):
        order_id = books.enter(BUY, 10 + number % 3, 1)
        assert order_id not in seen
        seen.add(order_id)
        if number % 2:
            books.cancel(order_id)
    assert books.live == 150


def test_capacity_overflow_is_refused_without_harm() -> None:
    books = OrderBooks(orders=1, max_orders=2)
    books.add_book()
    commands = np.zeros((5, at.COMMAND_COLUMNS), np.int64)
    commands[:, at.COMMAND_KIND] = CommandKind.SUBMIT
    commands[:, at.COMMAND_PRICE_TICKS] = [10, 11, 12, 13, 14]
    commands[:, at.COMMAND_QTY_LOTS] = 1
    kinds = [(row[0], row[3]) for row in books.apply(commands).tolist()]
    assert kinds == [(EventKind.ACCEPTED, 0)] * 2 + [(EventKind.REJECTED, Reason.BOOK_FULL)] * 3
    assert books.depth(0, BUY) == [(11, 1, 1), (10, 1, 1)]
