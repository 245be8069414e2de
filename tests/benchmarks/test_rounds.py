"""Kernel and C++ book run the same flow, and what differs is told."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from benchmarks import baseline, rounds
from benchmarks.baseline import COMPILER, BaselineBook
from benchmarks.children import Failed
from benchmarks.flow import Flow, Rows
from benchmarks.measure import DIFFERS, SAME, Figures
from benchmarks.mixes import FUTURES, generate

needs_compiler = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"no {COMPILER} here")


@pytest.fixture(scope="module")
def flow() -> Flow:
    return generate(FUTURES._replace(live=500), 6_000, seed=5)


@needs_compiler
def test_both_are_measured_and_agree(flow: Flow) -> None:
    found = rounds.run(flow, 2)
    assert isinstance(found.baseline, Figures)
    assert found.kernel.stream == found.baseline.stream == SAME
    assert found.kernel.messages == found.baseline.messages == 6_000
    assert found.ratio is not None
    assert found.ratio > 0
    # Each command writes at least its own row.
    assert found.kernel.events_per_s is not None
    assert found.kernel.events_per_s > found.kernel.rate_per_s


@needs_compiler
def test_one_other_event_is_noticed(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    right = BaselineBook.apply

    def wrong(book: BaselineBook, commands: Rows) -> Rows:
        events = right(book, commands).copy()
        events[-1, -1] += 1
        return events

    monkeypatch.setattr(BaselineBook, "apply", wrong)
    assert rounds.compare(flow, with_baseline=True) == (SAME, DIFFERS)


def test_one_other_trade_is_noticed(flow: Flow) -> None:
    trades = flow.trades.copy()
    trades[-1, 4] += 1
    lied = flow._replace(trades=trades)
    assert rounds.compare(lied, with_baseline=False)[0] == DIFFERS
    assert not np.array_equal(trades, flow.trades)


def test_without_a_compiler_the_kernel_is_still_measured(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baseline, "COMPILER", "no-such-compiler")
    baseline.library.cache_clear()
    try:
        found = rounds.run(flow, 1)
    finally:
        baseline.library.cache_clear()
    assert found.kernel.stream == SAME
    assert found.baseline == Failed("not built: no no-such-compiler here")
    assert found.ratio is None
