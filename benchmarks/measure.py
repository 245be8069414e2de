"""Runs of one order book over a flow, one call of Python a message: rate, spread of times, trades."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.engines.port import Engine, Verbs
from benchmarks.flow import LEVELS, Flow, Verb, trades_of
from matching import layout as at
from matching.book import OrderBooks
from matching.reference import ReferenceBooks

CHUNK = 1000
LATENCY_SAMPLE = 20_000
LOAD_LIMIT_S = 12.0

Spread = tuple[float, float, float]
"""p50, p99 and p99.9 in ns."""

SAME, DIFFERS, UNREPORTED = "same", "differs", "not reported"


class Figures(NamedTuple):
    """What an engine gave on one flow.

    rate_per_s: messages a second of thread time. events_per_s: event rows written, where it writes
    them. ns: p50, p99 and p99.9 of one message. stream: how its trades or event rows compare with the
    kernel's. order_bytes: memory of a resting order (order_memory).
    """

    messages: int
    rate_per_s: float
    events_per_s: float | None
    ns: Spread | None
    stream: str
    order_bytes: float | None = None


class TooSlowError(RuntimeError):
    """The book cannot be filled in bounded time."""


def percentiles(times_ns: Any) -> Spread:
    """Return p50, p99 and p99.9."""
    p50, p99, p999 = (float(value) for value in np.percentile(times_ns, [50, 99, 99.9]))
    return p50, p99, p999


def engine_calls(engine: Engine, flow: Flow, budget_s: float) -> Figures:
    """Drive an engine for a budget of time; then time single calls on what follows in the flow.

    The times of single calls include reading the clock, about 50 ns. Raises TooSlowError.
    """
    messages = flow.messages.tolist()
    verbs = engine.open_book()
    _load(verbs, messages[: flow.preload])
    stop, seconds = flow.preload, 0.0
    last = max(stop + CHUNK, len(messages) - LATENCY_SAMPLE)
    while stop < last and seconds < budget_s:
        chunk = messages[stop : stop + CHUNK]
        started = time.thread_time_ns()
        _drive(verbs, chunk)
        seconds += (time.thread_time_ns() - started) / 1e9
        stop += len(chunk)
    stream = UNREPORTED
    if verbs.trades is not None:
        expected = [tuple(trade) for trade in flow.trades_until(stop).tolist()]
        stream = SAME if verbs.trades() == expected else DIFFERS
    times = _timed(_calls(verbs, messages[stop : stop + LATENCY_SAMPLE]), budget_s)
    count = stop - flow.preload
    spread = percentiles(times) if times else None
    return Figures(count, count / seconds, None, spread, stream)


def _load(verbs: Verbs, messages: list[list[int]]) -> None:
    began = time.monotonic()
    for start in range(0, len(messages), CHUNK):
        _drive(verbs, messages[start : start + CHUNK])
        if time.monotonic() - began > LOAD_LIMIT_S:
            done = (start + CHUNK) / len(messages)
            raise TooSlowError(f"{done:.0%} of the book loaded in {LOAD_LIMIT_S:.0f} s")


def _timed(
    calls: Iterator[tuple[Callable[..., Any], tuple[int, ...]]], budget_s: float
) -> list[int]:
    times = []
    now = time.perf_counter_ns
    until = now() + int(budget_s * 1e9)
    for call, arguments in calls:
        before = now()
        call(*arguments)
        after = now()
        times.append(after - before)
        if after > until:
            break
    return times


def _calls(
    verbs: Verbs, messages: list[list[int]]
) -> Iterator[tuple[Callable[..., object], tuple[int, ...]]]:
    for kind, *arguments in messages:
        if kind == Verb.ADD:
            yield verbs.add, tuple(arguments)
        elif kind == Verb.CANCEL:
            yield verbs.cancel, (arguments[0],)
        else:
            yield verbs.amend, tuple(arguments)


def _drive(verbs: Verbs, messages: list[list[int]]) -> None:
    add, cancel, amend, _ = verbs
    for kind, order, side, price_ticks, qty_lots in messages:
        if kind == Verb.ADD:
            add(order, side, price_ticks, qty_lots)
        elif kind == Verb.CANCEL:
            cancel(order)
        else:
            amend(order, side, price_ticks, qty_lots)


def _warm() -> None:
    """Load the compiled single calls before anything is timed."""
    books = OrderBooks()
    books.add_book(LEVELS)
    order_id = int(books.submit(0, 0, 1, 1)[0, at.EVENT_ORDER_ID])
    books.amend(order_id, 2, 1)
    books.cancel(order_id)


def reference_engine() -> Engine:
    """ReferenceBooks behind the port of the engines from PyPI."""
    return Engine("reference (sortedcontainers)", _open_reference)


def _open_reference() -> Verbs:
    books = ReferenceBooks()
    books.add_book(LEVELS)
    return _verbs_of(books)


def kernel_engine() -> Engine:
    """OrderBooks behind the port: ids mapped and every event row read in Python, as a caller would."""
    return Engine("kernel, one call a message, rows read", _open_kernel)


def _open_kernel() -> Verbs:
    _warm()
    books = OrderBooks()
    books.add_book(LEVELS)
    return _verbs_of(books)


def _verbs_of(books: OrderBooks | ReferenceBooks) -> Verbs:
    order_ids: dict[int, int] = {}
    events: list[Any] = []

    def keep(rows: Any) -> Any:
        listed = rows if isinstance(rows, list) else rows.tolist()
        if len(listed) > 1:
            events.extend(listed[1:])
        return listed

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        order_ids[order] = keep(books.submit(0, side, price_ticks, qty_lots))[0][2]

    def cancel(order: int) -> None:
        keep(books.cancel(order_ids[order]))

    def amend(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        keep(books.amend(order_ids[order], price_ticks, qty_lots))

    def trades() -> list[tuple[int, int, int, int]]:
        rows = np.array(events, np.int64).reshape(-1, at.EVENT_COLUMNS)
        return [(trade[1], trade[2], trade[3], trade[4]) for trade in trades_of(rows).tolist()]

    return Verbs(add, cancel, amend, trades)
