"""Measurements judge trades, and an engine that fails is told from one that is slow."""

from __future__ import annotations

import os
import time

import pytest

from benchmarks import measure
from benchmarks.engines.port import Engine, installed
from benchmarks.flow import Flow, generate
from benchmarks.measure import Figures


@pytest.fixture(scope="module")
def flow() -> Flow:
    return generate(6_000, 500, distance_ticks=20.0, seed=5)


def test_our_own_lines_make_the_trades_of_the_flow(flow: Flow) -> None:
    ported = (measure.kernel_engine(), measure.reference_engine())
    lines = [measure.kernel_batches(flow), measure.kernel_calls(flow)]
    for figures in lines + [measure.engine_calls(engine, flow, 1.0) for engine in ported]:
        assert figures.trades == measure.SAME
        assert figures.messages == len(flow.messages) - flow.preload
        assert 0 < figures.p50_ns <= figures.p99_ns


def test_another_trade_is_noticed(flow: Flow) -> None:
    wrong = flow.trades.copy()
    wrong[-1, 3] += 1
    lied = flow._replace(trades=wrong)
    assert measure.kernel_batches(lied).trades == measure.DIFFERS
    assert measure.kernel_calls(lied).trades == measure.DIFFERS
    assert measure.engine_calls(measure.reference_engine(), lied, 1.0).trades == measure.DIFFERS


def test_a_slow_engine_runs_a_prefix(flow: Flow) -> None:
    slow = measure.reference_engine()._replace(pace_per_s=1_000)
    figures = measure.engine_calls(slow, flow, 1.0)
    assert figures.messages == 1_000
    assert figures.trades == measure.SAME


@pytest.mark.parametrize("engine", installed()[0], ids=lambda engine: engine.name)
def test_engines_from_outside_run_the_mix(engine: Engine, flow: Flow) -> None:
    figures = measure.in_child(lambda: measure.engine_calls(engine, flow, 1.0), 60.0)
    assert isinstance(figures, Figures)
    assert figures.trades in (measure.SAME, measure.DIFFERS, measure.UNREPORTED)


def test_a_crash_a_hang_and_an_error_are_lines() -> None:
    def crash() -> Figures:
        os._exit(3)

    def hang() -> Figures:
        time.sleep(30)
        raise AssertionError

    def fail() -> Figures:
        raise KeyError("no such order")

    assert measure.in_child(crash, 10.0) == "crashed (exit 3)"
    assert str(measure.in_child(hang, 0.2)).startswith("hangs")
    assert measure.in_child(fail, 10.0) == "KeyError: 'no such order'"


def test_the_median_keeps_a_bad_verdict() -> None:
    runs = [Figures(10, seconds, 1, 1, 1, "same") for seconds in (1.0, 2.0, 4.0)]
    assert measure.median_of(runs).seconds == 2.0
    runs[0] = runs[0]._replace(trades=measure.DIFFERS)
    assert measure.median_of(runs).trades == measure.DIFFERS
