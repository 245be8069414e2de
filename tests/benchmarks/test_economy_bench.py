"""The benchmark of the rental economy measures the size that the aim is stated for."""

from __future__ import annotations

from rich.console import Console

from benchmarks.economy_bench import run, table


def test_two_days_are_measured() -> None:
    figures = run(days=2, seed=1)
    assert (figures["providers"], figures["customers"]) == (200, 2_000)
    assert 0 < figures["day_median_s"] <= figures["day_worst_s"]
    assert figures["observations_a_day"] > 1_000
    console = Console(width=100)
    with console.capture() as caught:
        console.print(table(figures))
    assert f"{figures['day_median_s'] * 1e3:.1f}" in caught.get()
