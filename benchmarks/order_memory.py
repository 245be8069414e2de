"""What a resting order takes in memory: the growth of a fresh process while 500,000 orders enter its book."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from benchmarks.baseline import BaselineBook
from benchmarks.children import Failed, in_child, resident_bytes
from benchmarks.engines.port import Engine
from benchmarks.flow import MID_TICKS, Rows
from matching import layout as at
from matching.book import OrderBooks
from matching.layout import CommandKind

ORDERS = 500_000
CHUNK = 1000
REACH_TICKS = 2_000
LIMIT_S = 20.0
TIMEOUT_S = 60.0

Books = OrderBooks | BaselineBook


def of_books(open_books: Callable[[], Books], orders: int = ORDERS) -> float | None:
    """Return bytes a resting order of books that take command rows; None where they cannot be told."""
    return _number(in_child(partial(_books_grow, open_books, orders), TIMEOUT_S, fresh=True))


def of_engine(engine: Engine, orders: int = ORDERS) -> float | None:
    """Return bytes a resting order of an engine, its adapter's maps included; as many orders as fit in 20 s."""
    return _number(in_child(partial(_engine_grows, engine, orders), TIMEOUT_S, fresh=True))


def _number(answer: float | Failed | None) -> float | None:
    return None if isinstance(answer, Failed) else answer


def _chunks(orders: int) -> Iterator[Rows]:
    """Yield rows of side, price_ticks and qty_lots of orders that do not meet, 1,000 at a time."""
    rng = np.random.default_rng(1)
    for _ in range(0, orders, CHUNK):
        rows = np.empty((CHUNK, 3), np.int64)
        rows[:, 0] = rng.integers(0, 2, CHUNK)
        rows[:, 1] = MID_TICKS + (2 * rows[:, 0] - 1) * rng.integers(1, REACH_TICKS, CHUNK)
        rows[:, 2] = rng.integers(1, 11, CHUNK)
        yield rows


def _books_grow(open_books: Callable[[], Books], orders: int) -> float | None:
    warm = open_books()
    warm.apply(np.zeros((1, at.COMMAND_COLUMNS), np.int64))
    books = open_books()
    before = resident_bytes()
    commands = np.zeros((CHUNK, at.COMMAND_COLUMNS), np.int64)
    commands[:, at.COMMAND_KIND] = CommandKind.SUBMIT
    for rows in _chunks(orders):
        commands[:, [at.COMMAND_TERMS, at.COMMAND_PRICE_TICKS, at.COMMAND_QTY_LOTS]] = rows
        books.apply(commands)
    return _per_order(before, books.live)


def _engine_grows(engine: Engine, orders: int) -> float | None:
    verbs = engine.open_book()
    before = resident_bytes()
    until = time.monotonic() + LIMIT_S
    order = 0
    for rows in _chunks(orders):
        for side, price_ticks, qty_lots in rows.tolist():
            verbs.add(order, side, price_ticks, qty_lots)
            order += 1
        if time.monotonic() > until:
            break
    return _per_order(before, order)


def _per_order(before: int | None, orders: int) -> float | None:
    after = resident_bytes()
    return None if before is None or after is None else (after - before) / orders
