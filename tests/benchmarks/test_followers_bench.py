"""The benchmark of followers: every batch arrives, and the tables say what was found."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from benchmarks import followers_bench
from benchmarks.followers_bench import Delivery, Lag


def shown(table: object) -> str:
    console = Console(width=120, file=io.StringIO(), record=True)
    console.print(table)
    return console.export_text()


def test_the_lag_of_a_node_is_found_for_every_batch(tmp_path: Path) -> None:
    found = followers_bench.lag(tmp_path / "lag", 200, 0.5)
    # What is due in a millisecond is a batch, and a slow machine is late.
    assert 1 <= found.batches <= 100
    assert 0 < found.p50_ms <= found.p99_ms <= found.max_ms
    assert "200" in shown(followers_bench.lag_table([found]))


def test_the_tables_compare_busy_with_idle() -> None:
    idle = Delivery("idle", 0.0, 100, 1.0, 2.0, 3.0)
    busy = Delivery("full load", 9_000.0, 90, 2.0, 5.0, 9.0)
    text = shown(followers_bench.delivery_table([idle, busy], 100))
    assert "p99 × 2.5 under load; aim: at most × 2" in text
    assert "9,000" in text
    assert "0.10" in shown(followers_bench.lag_table([Lag(10, 1, 0.1, 0.2, 0.3)]))
