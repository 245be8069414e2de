from __future__ import annotations

import pytest

from benchmarks import algorithms_bench
from benchmarks.mixes import SWEEPS, generate


def test_every_algorithm_trades_in_the_flow() -> None:
    flow = generate(SWEEPS, 3_000, seed=1)
    for rule in algorithms_bench.RULES:
        books = algorithms_bench.loaded(rule, flow)
        assert books.live == flow.preload
        assert algorithms_bench.timed_ns(books, [flow.commands[flow.preload :]]) > 0
        assert books.book_prices(0)[0] is not None


def test_it_prints_a_row_an_algorithm(capsys: pytest.CaptureFixture[str]) -> None:
    algorithms_bench.main(["--rounds", "1", "--messages", "2000"])
    printed = capsys.readouterr().out
    for name in ("price-time", "pro-rata", "fifo-top", "batch-auction"):
        assert name in printed
