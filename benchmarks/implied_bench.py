"""What implied orders cost: one flow through the same books, linked and not, in turns.

Twelve contract months and thirty calendar spreads of them. A round enters orders round each book's middle,
some of which trade, then cancels those of the round before last that still rest; only the kernel's thread
time counts. Linked books trade more with the same orders, which is part of the price.

What books pay that are not linked: ``--against FOLDER`` names a checkout of another commit (that of ``git
worktree add FOLDER e780563`` has no implied orders yet); both run the same flow in turns of one process each.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from time import thread_time_ns

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from matching.book import OrderBooks
from matching.layout import COMMAND_COLUMNS, CommandKind, EventKind
from matching.storage import Rows

MONTHS = 12
SPREADS = 30
MIDDLE_TICKS = 2_000
STEP_TICKS = 7
"""How much more a month costs than the one before."""


class Market:
    """Books of all months and spreads, and the orders of the latest rounds that may still rest."""

    def __init__(self, *, linked: bool) -> None:
        self.books = OrderBooks(orders=1 << 16)
        self.linked = linked
        pairs = sorted(combinations(range(MONTHS), 2), key=lambda pair: pair[1] - pair[0])
        self.middles_ticks = [MIDDLE_TICKS + STEP_TICKS * month for month in range(MONTHS)]
        for _ in range(MONTHS):
            self.books.add_book()
        for near, far in pairs[:SPREADS]:
            combo = self.books.add_book(base_ticks=-2_048)
            self.middles_ticks.append(STEP_TICKS * (far - near))
            if linked:
                self.books.link(combo, [(far, 1), (near, -1)])
        self.rounds: list[Rows] = []
        self.cycles = 0

    def timed(self, commands: Rows) -> tuple[int, int]:
        """Apply commands; return nanoseconds of thread time and how many they were."""
        begun_ns = thread_time_ns()
        events = self.books.apply(commands)
        took_ns = thread_time_ns() - begun_ns
        if self.linked:
            self.cycles += int((events[:, 0] == EventKind.IMPLIED).sum())
        accepted = events[events[:, 0] == EventKind.ACCEPTED][:, 2]
        if len(accepted):
            self.rounds.append(accepted)
        return took_ns, len(commands)

    def cancels(self) -> Rows:
        """Return cancels of the orders of the round before last that still rest."""
        ids = [one for one in self.rounds.pop(0).tolist() if self.books.order(one) is not None]
        rows = np.zeros((len(ids), COMMAND_COLUMNS), np.int64)
        rows[:, 0] = CommandKind.CANCEL
        rows[:, 2] = ids
        return rows

    def round_ns(self, rows: Rows) -> float:
        """Enter orders, then cancel those of the round before last; return nanoseconds a command."""
        total_ns, count = self.timed(rows)
        if len(self.rounds) > 2:
            more_ns, more = self.timed(self.cancels())
            total_ns, count = total_ns + more_ns, count + more
        return total_ns / count


def orders(draw: np.random.Generator, middles_ticks: list[int], count: int) -> Rows:
    """Return orders of both sides, most of them a few ticks behind their book's middle."""
    rows = np.zeros((count, COMMAND_COLUMNS), np.int64)
    book = draw.integers(0, len(middles_ticks), count)
    side = draw.integers(0, 2, count)
    away = draw.geometric(0.25, count) - 2
    rows[:, 0] = CommandKind.SUBMIT
    rows[:, 1] = book
    rows[:, 3] = draw.integers(0, 100, count)
    rows[:, 4] = side
    rows[:, 5] = np.array(middles_ticks)[book] - away * (1 - 2 * side)
    rows[:, 6] = draw.integers(1, 6, count)
    return rows


def measure(rounds: int, size: int, seed: int) -> list[tuple[str, float, float, int]]:
    """Return (name, median ns a command, ns of the fastest tenth, cycles traded) of both markets."""
    markets = {"linked": Market(linked=True), "not linked": Market(linked=False)}
    took: dict[str, list[float]] = {name: [] for name in markets}
    draw = np.random.default_rng(seed)
    for number in track(range(rounds + 4), description="rounds", transient=True):
        rows = orders(draw, markets["linked"].middles_ticks, size)
        for name, market in markets.items():
            each_ns = market.round_ns(rows)
            if number >= 4:
                took[name].append(each_ns)
    return [
        (
            name,
            statistics.median(took[name]),
            statistics.quantiles(took[name], n=10)[0],
            markets[name].cycles,
        )
        for name in markets
    ]


def alone_ns(rounds: int, size: int, seed: int) -> list[float]:
    """Return ns a command of each round in books that are not linked."""
    market, draw, took = Market(linked=False), np.random.default_rng(seed), []
    for number in range(rounds + 4):
        each_ns = market.round_ns(orders(draw, market.middles_ticks, size))
        if number >= 4:
            took.append(each_ns)
    return took


def compare(folder: Path, turns: int, options: argparse.Namespace) -> list[tuple[str, list[float]]]:
    """Return the medians of each turn, in ns a command, of this checkout and of another one."""
    script = Path(__file__).resolve()
    checkouts = {"here": script.parent.parent, str(folder): folder.resolve()}
    found: dict[str, list[float]] = {name: [] for name in checkouts}
    words = [str(script), "--alone", "--rounds", str(options.rounds)]
    words += ["--orders", str(options.orders), "--seed", str(options.seed)]
    for _ in track(range(turns), description="turns", transient=True):
        for name, checkout in checkouts.items():
            environment = {**os.environ, "PYTHONPATH": str(checkout)}
            told = subprocess.run(
                [sys.executable, *words],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            found[name].append(float(told.stdout))
    return list(found.items())


def main(argv: list[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks implied", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--orders", type=int, default=2_000, help="entered in a round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--against", type=Path, help="checkout to compare books not linked with")
    parser.add_argument("--turns", type=int, default=9, help="of each checkout, with --against")
    parser.add_argument("--alone", action="store_true", help="print the median of books not linked")
    options = parser.parse_args(argv)
    if options.alone:
        print(statistics.median(alone_ns(options.rounds, options.orders, options.seed)))
        return
    console = Console()
    if options.against is not None:
        table = Table(title=f"books not linked, {options.turns} turns, seed {options.seed}")
        for title in ("checkout", "ns a command, median", "fastest turn"):
            table.add_column(title, justify="left" if title == "checkout" else "right")
        for name, turns in compare(options.against, options.turns, options):
            table.add_row(name, f"{statistics.median(turns):.1f}", f"{min(turns):.1f}")
        console.print(table)
        return
    found = measure(options.rounds, options.orders, options.seed)
    table = Table(title=f"{MONTHS} months, {SPREADS} spreads, seed {options.seed}")
    for title in ("books", "ns a command, median", "fastest tenth", "cycles traded"):
        table.add_column(title, justify="left" if title == "books" else "right")
    for name, median_ns, fast_ns, cycles in found:
        table.add_row(name, f"{median_ns:,.0f}", f"{fast_ns:,.0f}", f"{cycles:,}")
    console.print(table)
    (_, linked_ns, linked_fast, _), (_, plain_ns, plain_fast, _) = found
    console.print(
        f"ratio {linked_ns / plain_ns:.2f}, of the fastest {linked_fast / plain_fast:.2f}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
