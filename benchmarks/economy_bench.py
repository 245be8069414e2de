"""How long a day of the rental economy takes: the shipped one, and what an index would observe of it."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

from rich.table import Table

from benchmarks import machine
from benchmarks.terminal import wide_console
from clients.economy.economy import Economy

DAY_AIM_S = 0.2


def main(argv: Sequence[str]) -> None:
    """Measure, print the table, write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks economy", description=__doc__)
    parser.add_argument("--days", type=int, default=200, help="days to live through")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(argv)
    console = wide_console()
    figures = run(given.days, given.seed)
    console.print(table(figures))
    machine.RESULTS.mkdir(exist_ok=True)
    console.print(f"written to {machine.save('economy', figures)}")


def run(days: int, seed: int) -> dict[str, float]:
    """Return sizes, and seconds for the start, a day and its observations."""
    began = time.perf_counter()
    economy = Economy(seed=seed)
    start_s = time.perf_counter() - began
    day_s, observing_s, observed = [], [], []
    for _ in range(days):
        began = time.perf_counter()
        day = economy.step()
        lived = time.perf_counter()
        observed.append(len(day.observations))
        day_s.append(lived - began)
        observing_s.append(time.perf_counter() - lived)
    return {
        "providers": len(economy.supply.names),
        "customers": len(economy.demand.names),
        "offers": len(economy.supply.offers),
        "observations_a_day": statistics.median(observed),
        "start_s": start_s,
        "day_median_s": statistics.median(day_s),
        "day_worst_s": max(day_s),
        "observing_median_s": statistics.median(observing_s),
    }


def table(figures: dict[str, float]) -> Table:
    """Return the figures beside the aim."""
    shown = Table("rental economy", "", "aim")
    for name in ("providers", "customers", "offers", "observations_a_day"):
        shown.add_row(name.replace("_", " "), f"{figures[name]:,.0f}", "")
    shown.add_row("start with its past, s", f"{figures['start_s']:.2f}", "")
    shown.add_row(
        "a day, median, ms", f"{figures['day_median_s'] * 1e3:.1f}", f"≤ {DAY_AIM_S * 1e3:.0f}"
    )
    shown.add_row("a day, worst, ms", f"{figures['day_worst_s'] * 1e3:.1f}", "")
    shown.add_row("its observations, median, ms", f"{figures['observing_median_s'] * 1e3:.1f}", "")
    return shown
