"""Timing one command at a time changes nothing but the clock that is read."""

from __future__ import annotations

import time

import numpy as np
import pytest

from benchmarks import latency
from benchmarks.mixes import FUTURES, generate
from benchmarks.rounds import open_kernel

pytestmark = pytest.mark.skipif(not latency.MEASURABLE, reason="needs compiled kernels on x86-64")


def test_timed_rows_leave_the_same_books() -> None:
    flow = generate(FUTURES._replace(live=500), 6_000, seed=3)
    plain, timed = open_kernel(), open_kernel()
    for books in (plain, timed):
        books.apply(flow.commands[: flow.preload])
    for start in range(flow.preload, len(flow.commands), 1_000):
        plain.apply(flow.commands[start : start + 1_000])
    cycles = latency.kernel_cycles(timed, flow.commands[flow.preload :])
    assert len(cycles) == 6_000
    assert (cycles > 0).all()
    assert timed.live == plain.live == flow.live
    assert timed.digest() == plain.digest()


def test_percentiles_are_net_of_reading_the_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "read_cycles", lambda: 50.0)
    monkeypatch.setattr(latency, "cycles_per_ns", lambda: 2.0)
    cycles = np.array([40] * 10 + [250] * 80 + [1_050] * 10, np.int64)
    assert latency.spread_of(cycles) == pytest.approx((100.0, 500.0, 500.0))


def test_the_counter_advances_with_the_clock() -> None:
    began, began_ns = latency.cycles_per_ns(), time.perf_counter_ns()
    assert 0.1 < began < 10
    assert latency.read_cycles() > 0
    assert time.perf_counter_ns() > began_ns
