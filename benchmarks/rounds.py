"""The kernel beside the C++ book: whole batches, alternating rounds in one process, median of their ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from benchmarks import latency
from benchmarks.baseline import BaselineBook, UnavailableError, library
from benchmarks.children import Failed
from benchmarks.flow import LEVELS, Flow, Rows, trades_of
from benchmarks.measure import DIFFERS, SAME, Figures, Spread
from matching.book import OrderBooks

BATCH = 1000
LOAD_BATCH = 10_000
LATENCY_SAMPLE = 200_000

Books = OrderBooks | BaselineBook


class Rounds(NamedTuple):
    """The figures of both, and the median over the rounds of kernel rate by C++ rate."""

    kernel: Figures
    baseline: Figures | Failed
    ratio: float | None


def open_kernel() -> OrderBooks:
    """Open the books as the exchange does, with one of its width."""
    books = OrderBooks()
    books.add_book(LEVELS)
    return books


def open_baseline() -> BaselineBook:
    """Open the C++ book with the same width."""
    return BaselineBook(LEVELS)


def _loaded(open_books: Callable[[], Books], flow: Flow) -> Books:
    books = open_books()
    for start in range(0, flow.preload, LOAD_BATCH):
        books.apply(flow.commands[start : min(start + LOAD_BATCH, flow.preload)])
    books.make_room(BATCH)
    return books


def run(flow: Flow, rounds: int) -> Rounds:
    """Compare the streams, then time both in alternation and one command at a time."""
    opened: list[Callable[[], Books]] = [open_kernel]
    missing = Failed("")
    try:
        library()
        opened.append(open_baseline)
    except UnavailableError as reason:
        missing = Failed(f"not built: {reason}")
    streams = compare(flow, with_baseline=len(opened) > 1)
    batches = [
        flow.commands[at : at + BATCH] for at in range(flow.preload, len(flow.commands), BATCH)
    ]
    count = len(flow.commands) - flow.preload
    rates: list[list[float]] = [[] for _ in opened]
    events = 0
    for number in range(rounds):
        # Who begins changes with each round, so neither always finds the other's caches.
        for which in range(len(opened)) if number % 2 == 0 else reversed(range(len(opened))):
            books = _loaded(opened[which], flow)
            seconds, events = timed(books, batches)
            rates[which].append(count / seconds)
    found = [
        Figures(
            count,
            statistics.median(rates[which]),
            statistics.median(rates[which]) * events / count,
            _spread(open_books, flow),
            streams[which],
        )
        for which, open_books in enumerate(opened)
    ]
    if len(found) < 2:
        return Rounds(found[0], missing, None)
    ratio = statistics.median(ours / theirs for ours, theirs in zip(*rates, strict=True))
    return Rounds(found[0], found[1], ratio)


def timed(books: Books, batches: list[Rows]) -> tuple[float, int]:
    """Apply batches; return the seconds of thread time and the event rows written."""
    events = 0
    apply = books.apply
    started = time.thread_time_ns()
    for batch in batches:
        events += len(apply(batch))
    return (time.thread_time_ns() - started) / 1e9, events


def compare(flow: Flow, *, with_baseline: bool) -> tuple[str, str]:
    """Say whether the kernel's trades are the flow's, and the C++ event rows byte for byte the kernel's."""
    ours, theirs = open_kernel(), open_baseline() if with_baseline else None
    trades, same = [], True
    for start in range(0, len(flow.commands), BATCH):
        batch = flow.commands[start : start + BATCH]
        events = ours.apply(batch)
        if theirs is not None:
            same = same and np.array_equal(theirs.apply(batch), events)
        trades.append(trades_of(events))
        trades[-1][:, 0] += start
    as_drawn = np.array_equal(np.concatenate(trades), flow.trades)
    return SAME if as_drawn else DIFFERS, SAME if same else DIFFERS


def _spread(open_books: Callable[[], Books], flow: Flow) -> Spread | None:
    """Return the percentiles of one command inside; None where they cannot be measured."""
    if not latency.MEASURABLE:
        return None
    books = _loaded(open_books, flow)
    commands = flow.commands[flow.preload : flow.preload + LATENCY_SAMPLE]
    if isinstance(books, BaselineBook):
        return latency.spread_of(latency.baseline_cycles(books, commands))
    return latency.spread_of(latency.kernel_cycles(books, commands))
