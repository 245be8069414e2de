"""The C++ book answers with the kernel's bytes, also where it refuses."""

from __future__ import annotations

import random
import shutil

import numpy as np
import pytest

from benchmarks import baseline
from benchmarks.baseline import COMPILER, BaselineBook, UnavailableError
from benchmarks.flow import LEVELS, Mix, Rows
from benchmarks.latency import MEASURABLE
from benchmarks.mixes import MIXES, generate
from matching import layout as at
from matching.book import OrderBooks
from matching.layout import CommandKind, EventKind, Reason, TimeInForce, pack_terms

needs_compiler = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"no {COMPILER} here")


def kernel(orders: int = at.MAX_ORDERS, *, base_ticks: int = 0) -> OrderBooks:
    books = OrderBooks(orders=min(orders, 1024), max_orders=orders)
    books.add_book(LEVELS, base_ticks)
    return books


@needs_compiler
@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: mix.name)
def test_event_rows_are_the_kernels_byte_for_byte(mix: Mix) -> None:
    flow = generate(mix._replace(live=min(mix.live, 5_000)), 20_000, seed=7)
    ours, theirs = kernel(), BaselineBook(LEVELS)
    rows = 0
    for start in range(0, len(flow.commands), 999):
        batch = flow.commands[start : start + 999]
        events = theirs.apply(batch)
        assert events.tobytes() == ours.apply(batch).tobytes(), f"batch at {start}"
        rows += len(events)
    assert rows >= len(flow.commands)
    assert theirs.live == ours.live == flow.live


def wild_rows(seed: int, count: int) -> Rows:
    """Draw commands of which one in five has one fault; order ids are numbers to choose by."""
    rng = random.Random(seed)
    kinds = [CommandKind.SUBMIT] * 3 + [CommandKind.CANCEL, CommandKind.AMEND]
    rows = []
    for _ in range(count):
        kind = rng.choice(kinds)
        terms = pack_terms(rng.randrange(2), rng.choice([TimeInForce.GTC, TimeInForce.IOC]))
        row = [kind, 0, 0, rng.randrange(5), terms, 100 + rng.randrange(12), rng.randrange(1, 9), 0]
        if kind != CommandKind.SUBMIT:
            row[at.COMMAND_ORDER_ID], row[at.COMMAND_TERMS] = rng.randrange(1, 1_000), 0
        fault = rng.randrange(12)
        if fault == 0 and kind == CommandKind.SUBMIT:
            row[at.COMMAND_PRICE_TICKS] = rng.choice([-1, 49, 50 + LEVELS, 1 << 62])
        elif fault == 1 and kind == CommandKind.SUBMIT:
            row[at.COMMAND_QTY_LOTS] = rng.choice([0, -5, at.MAX_QTY_LOTS + 1])
        elif fault == 2 and kind == CommandKind.SUBMIT:
            row[at.COMMAND_BOOK] = rng.choice([-1, 1])
        elif fault == 3 and kind != CommandKind.SUBMIT:
            row[at.COMMAND_ORDER_ID] = rng.choice([0, -1, 1 << 62])
        rows.append(row)
    return np.array(rows, np.int64)


@needs_compiler
@pytest.mark.parametrize("seed", range(8))
def test_refusals_ioc_and_a_full_pool_are_the_kernels(seed: int) -> None:
    commands = wild_rows(seed, 3_000)
    ours, theirs = kernel(12, base_ticks=50), BaselineBook(LEVELS, base_ticks=50, orders=12)
    known = [0]
    kinds, reasons = set(), set()
    for row in commands:
        if 0 < row[at.COMMAND_ORDER_ID] < 1_000:
            row[at.COMMAND_ORDER_ID] = known[int(row[at.COMMAND_ORDER_ID]) % len(known)]
        events = ours.apply(row.reshape(1, -1))
        assert theirs.apply(row.reshape(1, -1)).tolist() == events.tolist(), (seed, row.tolist())
        for event in events.tolist():
            kinds.add(EventKind(event[at.EVENT_KIND]))
            if event[at.EVENT_KIND] == EventKind.ACCEPTED:
                known.append(event[at.EVENT_ORDER_ID])
            if event[at.EVENT_KIND] in (EventKind.REJECTED, EventKind.CANCELLED):
                reasons.add(Reason(event[at.EVENT_OTHER]))
        known = known[-20:]
    assert kinds >= {
        EventKind.ACCEPTED,
        EventKind.EXECUTED,
        EventKind.CANCELLED,
        EventKind.AMENDED,
        EventKind.REJECTED,
    }
    assert reasons >= {
        Reason.UNKNOWN_BOOK,
        Reason.INVALID_QTY,
        Reason.INVALID_PRICE,
        Reason.UNKNOWN_ORDER,
        Reason.BOOK_FULL,
        Reason.REQUESTED,
        Reason.UNFILLED_REMAINDER,
    }


@needs_compiler
@pytest.mark.skipif(not MEASURABLE, reason="the cycle counter is read on x86-64 only")
def test_timed_rows_leave_the_same_book() -> None:
    flow = generate(MIXES[0]._replace(live=500), 6_000, seed=3)
    plain, timed = BaselineBook(LEVELS), BaselineBook(LEVELS)
    for book in (plain, timed):
        book.apply(flow.commands[: flow.preload])
    plain.apply(flow.commands[flow.preload : -1_000])
    cycles = timed.apply_timed(flow.commands[flow.preload : -1_000], 64)
    assert len(cycles) == 5_000
    assert (cycles > 0).all()
    assert (
        timed.apply(flow.commands[-1_000:]).tolist() == plain.apply(flow.commands[-1_000:]).tolist()
    )


@needs_compiler
def test_terms_and_verbs_of_which_it_knows_nothing_are_refused() -> None:
    book = BaselineBook(LEVELS)
    fok = [CommandKind.SUBMIT, 0, 0, 0, pack_terms(0, TimeInForce.FOK), 5, 1, 0]
    everything = [CommandKind.CANCEL_ALL, 0, 0, 1, 0, 0, 0, 0]
    events = book.apply(np.array([fok, everything], np.int64))
    assert events[:, at.EVENT_KIND].tolist() == [EventKind.REJECTED] * 2
    assert events[:, at.EVENT_OTHER].tolist() == [Reason.INVALID_TERMS, Reason.UNKNOWN_COMMAND]
    assert book.live == 0


@needs_compiler
def test_bad_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match="multiple of"):
        BaselineBook(100)
    with pytest.raises(ValueError, match="orders must be"):
        BaselineBook(LEVELS, orders=0)
    with pytest.raises(ValueError, match="commands must be"):
        BaselineBook(LEVELS).apply(np.zeros((1, 8), np.int32))


def test_without_a_compiler_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "COMPILER", "no-such-compiler")
    baseline.library.cache_clear()
    try:
        with pytest.raises(UnavailableError, match="no no-such-compiler here"):
            BaselineBook(LEVELS)
    finally:
        baseline.library.cache_clear()
