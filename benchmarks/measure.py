"""Runs of one order book over a flow: how fast, with what spread of times, and with which trades."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np

from benchmarks.engines.port import Engine, Verbs
from benchmarks.flow import LEVELS, Flow, Verb, trades_of
from matching import layout as at
from matching.book import OrderBooks
from matching.layout import EventKind
from matching.reference import ReferenceBooks

BATCH = 1000
LATENCY_SAMPLE = 100_000
SAME, DIFFERS, UNREPORTED = "same", "differs", "not reported"


class Figures(NamedTuple):
    """What one run gave.

    seconds: thread time of the timed messages. p50_ns, p99_ns: wall time of one call, which takes
    ``calls_of`` messages. trades: whether they equal those of the flow.
    """

    messages: int
    seconds: float
    p50_ns: float
    p99_ns: float
    calls_of: int
    trades: str

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


def median_of(runs: list[Figures]) -> Figures:
    """Return the run of median rate; different verdicts on trades are not averaged away."""
    verdicts = {run.trades for run in runs}
    middle = sorted(runs, key=lambda run: run.rate)[len(runs) // 2]
    return middle._replace(trades=SAME if verdicts == {SAME} else min(verdicts))


def in_child(run: Callable[[], Figures], timeout_s: float) -> Figures | str:
    """Run in a forked process, so that an engine that hangs or crashes is a line and not the end.

    Returns the figures, or what went wrong in a few words.
    """
    context = multiprocessing.get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(run, writer), daemon=True)
    child.start()
    writer.close()
    try:
        if not reader.poll(timeout_s):
            return f"hangs: stopped after {timeout_s:.0f} s"
        answer: Figures | str = reader.recv()
    except EOFError:
        child.join()
        return f"crashed (exit {child.exitcode})"
    else:
        return answer
    finally:
        if child.is_alive():
            child.join(1)
            child.kill()


def _answer(run: Callable[[], Figures], writer: Connection) -> None:
    try:
        writer.send(run())
    except Exception as failure:  # noqa: BLE001 - the parent prints it in the engine's line
        writer.send(f"{type(failure).__name__}: {failure}"[:60])


def kernel_batches(flow: Flow) -> Figures:
    """OrderBooks fed with batches of 1,000 command rows, event rows written."""
    books = _loaded(flow)
    commands = flow.commands[flow.preload :]
    marks = [time.perf_counter_ns()]
    started = time.thread_time_ns()
    for start in range(0, len(commands), BATCH):
        books.apply(commands[start : start + BATCH])
        marks.append(time.perf_counter_ns())
    seconds = (time.thread_time_ns() - started) / 1e9
    return Figures(
        len(commands), seconds, *_percentiles(np.diff(marks)), BATCH, _batch_trades(flow)
    )


def _loaded(flow: Flow) -> OrderBooks:
    books = OrderBooks(orders=2 * flow.preload)
    books.add_book(LEVELS)
    for start in range(0, flow.preload, 10_000):
        books.apply(flow.commands[start : min(start + 10_000, flow.preload)])
    books.make_room(BATCH)
    return books


def _batch_trades(flow: Flow) -> str:
    """Judge the trades of a whole run that is not timed."""
    books = _loaded(flow)
    found = []
    for start in range(flow.preload, len(flow.commands), BATCH):
        found.append(trades_of(books.apply(flow.commands[start : start + BATCH])))
        found[-1][:, 0] += start
    return SAME if np.array_equal(np.concatenate(found), flow.trades) else DIFFERS


def kernel_calls(flow: Flow) -> Figures:
    """OrderBooks with one call of Python a message, ids known; event rows written but not read."""
    rows = flow.commands[flow.preload :].tolist()

    def calls(books: OrderBooks) -> Iterator[tuple[Callable[..., Any], tuple[int, ...]]]:
        for _, _, order_id, _, terms, price_ticks, qty_lots, _ in rows:
            if not order_id:
                yield books.submit, (0, terms & 1, price_ticks, qty_lots)
            elif qty_lots:
                yield books.amend, (order_id, price_ticks, qty_lots)
            else:
                yield books.cancel, (order_id,)

    books = _loaded(flow)
    planned = list(calls(books))
    started = time.thread_time_ns()
    for call, arguments in planned:
        call(*arguments)
    seconds = (time.thread_time_ns() - started) / 1e9
    books = _loaded(flow)
    sample = [(call.__name__, arguments) for call, arguments in planned[:LATENCY_SAMPLE]]
    times = _timed((getattr(books, name), arguments) for name, arguments in sample)
    books = _loaded(flow)
    found = []
    for position, (call, arguments) in enumerate(planned):
        events = getattr(books, call.__name__)(*arguments)
        if (events[:, at.EVENT_KIND] == EventKind.EXECUTED).any():
            found.append(trades_of(events))
            found[-1][:, 0] = position + flow.preload
    same = np.array_equal(np.concatenate(found), flow.trades)
    return Figures(len(rows), seconds, *_percentiles(times), 1, SAME if same else DIFFERS)


def _timed(calls: Iterator[tuple[Callable[..., Any], tuple[int, ...]]]) -> list[int]:
    times = []
    now = time.perf_counter_ns
    for call, arguments in calls:
        before = now()
        call(*arguments)
        times.append(now() - before)
    return times


def _percentiles(times_ns: Any) -> tuple[float, float]:
    return float(np.percentile(times_ns, 50)), float(np.percentile(times_ns, 99))


def reference_engine() -> Engine:
    """ReferenceBooks behind the port of the engines from PyPI."""
    return Engine("reference (sortedcontainers)", 90_000, _open_reference)


def _open_reference() -> Verbs:
    books = ReferenceBooks()
    books.add_book(LEVELS)
    return _verbs_of(books)


def kernel_engine() -> Engine:
    """OrderBooks behind the port: ids mapped and every event row read in Python, as a caller would."""
    return Engine("kernel, mapped and read call by call", 500_000, _open_kernel)


def _open_kernel() -> Verbs:
    books = OrderBooks(orders=1 << 20)
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


def engine_calls(engine: Engine, flow: Flow, budget_s: float) -> Figures:
    """An engine with one call a message, over as much of the flow as its pace allows."""
    count = min(len(flow.messages) - flow.preload, int(engine.pace_per_s * budget_s))
    stop = flow.preload + count
    messages = flow.messages[:stop].tolist()
    verbs = engine.open_book()
    _drive(verbs, messages[: flow.preload])
    started = time.thread_time_ns()
    _drive(verbs, messages[flow.preload :])
    seconds = (time.thread_time_ns() - started) / 1e9
    verdict = UNREPORTED
    if verbs.trades is not None:
        expected = [tuple(trade) for trade in flow.trades_until(stop).tolist()]
        verdict = SAME if verbs.trades() == expected else DIFFERS
    del verbs
    again = engine.open_book()
    _drive(again, messages[: flow.preload])
    sample = messages[flow.preload : flow.preload + min(count, LATENCY_SAMPLE)]
    times = _timed(_calls(again, sample))
    return Figures(count, seconds, *_percentiles(times), 1, verdict)


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
