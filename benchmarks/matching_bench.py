"""The book over a futures-like mix, beside the reference book and the books installable from PyPI.

The same 2 M messages (48 % add, 42 % cancel, 5 % amend, 5 % marketable) once with 10,000 live orders
(passive prices 25 ticks from the mid on average) and once with 500,000 (250 ticks). Every engine runs in
a process of its own; what is slow runs a prefix, stated in its line. Rates are messages a second of
thread time. Trades are compared with those of the kernel's dry run: maker, taker, price, size, order.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks import machine, measure
from benchmarks.engines.port import Engine, installed
from benchmarks.flow import Flow, generate
from benchmarks.measure import Figures

TIMEOUT_S = 90.0
LOAD_LIMIT_S = 12.0


class Workload(NamedTuple):
    """One mix: its letter, live orders, mean distance of passive prices from the mid."""

    name: str
    live: int
    distance_ticks: float


WORKLOADS = (Workload("a", 10_000, 25.0), Workload("b", 500_000, 250.0))


class Line(NamedTuple):
    """One engine's result; ``failure`` says in words why there are no figures."""

    engine: str
    figures: Figures | None
    failure: str = ""


def main(argv: Sequence[str]) -> None:
    """Measure, print one table a workload, and write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks matching", description=__doc__)
    parser.add_argument("--messages", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=5, help="runs of the kernel; median shown")
    parser.add_argument("--budget", type=float, default=2.0, help="seconds for a slow engine")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workload", choices=[workload.name for workload in WORKLOADS])
    arguments = parser.parse_args(argv)
    console = Console(width=None if sys.stdout.isatty() else 120)
    engines, missing = installed()
    if missing:
        console.print(f"not installed: {', '.join(missing)} (pip install '.[bench]')")
    results: dict[str, Any] = {"messages": arguments.messages, "seed": arguments.seed}
    for workload in WORKLOADS:
        if arguments.workload in (None, workload.name):
            lines = run(workload, engines, arguments, console)
            console.print(table(workload, lines))
            results[workload.name] = [as_json(line) for line in lines]
    console.print(f"written to {machine.save('matching', results)}")


def run(
    workload: Workload, engines: list[Engine], arguments: argparse.Namespace, console: Console
) -> list[Line]:
    """Generate a workload's flow and measure everything on it."""
    with console.status(f"({workload.name}) generating {arguments.messages:,} messages"):
        flow = generate(
            arguments.messages,
            workload.live,
            distance_ticks=workload.distance_ticks,
            seed=arguments.seed,
        )
    ours: list[tuple[str, Callable[[], Figures]]] = [
        ("kernel, batches of 1,000", lambda: measure.kernel_batches(flow)),
        ("kernel, one call a message", lambda: measure.kernel_calls(flow)),
    ]
    lines = []
    for name, once in ours:
        with console.status(f"({workload.name}) {name}"):
            lines.append(repeated(name, once, arguments.runs))
    for engine in [measure.kernel_engine(), measure.reference_engine(), *engines]:
        with console.status(f"({workload.name}) {engine.name}"):
            lines.append(peer(engine, flow, arguments.budget))
    return lines


def repeated(name: str, once: Callable[[], Figures], runs: int) -> Line:
    """Run one of ours several times, each in a fresh process."""
    answers = [measure.in_child(once, TIMEOUT_S) for _ in range(runs)]
    figures = [answer for answer in answers if isinstance(answer, Figures)]
    failures = [answer for answer in answers if isinstance(answer, str)]
    if failures:
        return Line(name, None, failures[0])
    return Line(name, measure.median_of(figures))


def peer(engine: Engine, flow: Flow, budget_s: float) -> Line:
    """Run one engine from outside once, where its book can be filled in bounded time."""
    load_s = flow.preload / engine.pace_per_s
    if load_s > LOAD_LIMIT_S:
        return Line(engine.name, None, f"not run: about {load_s:.0f} s to load the book")
    answer = measure.in_child(lambda: measure.engine_calls(engine, flow, budget_s), TIMEOUT_S)
    return Line(engine.name, None, answer) if isinstance(answer, str) else Line(engine.name, answer)


def table(workload: Workload, lines: list[Line]) -> Table:
    """Lay the lines of one workload out; the first is what the ratios refer to."""
    shown = Table(
        title=f"({workload.name}) {workload.live:,} live orders", title_justify="left", box=None
    )
    shown.add_column("engine")
    for heading in ("messages", "M msg/s", "1st is × faster", "p50 ns a call", "p99 ns a call"):
        shown.add_column(heading, justify="right")
    shown.add_column("trades")
    first = lines[0].figures
    for line in lines:
        if line.figures is None:
            shown.add_row(line.engine, "", "", "", "", "", line.failure)
            continue
        figures = line.figures
        ratio = "" if first is None else f"{first.rate / figures.rate:.1f}"
        shown.add_row(
            line.engine,
            f"{figures.messages:,}",
            f"{figures.rate / 1e6:.3f}",
            ratio,
            f"{figures.p50_ns:,.0f}",
            f"{figures.p99_ns:,.0f}",
            figures.trades,
        )
    return shown


def as_json(line: Line) -> dict[str, Any]:
    """Return a line as it is kept."""
    if line.figures is None:
        return {"engine": line.engine, "failure": line.failure}
    return {"engine": line.engine, "rate_per_s": line.figures.rate, **line.figures._asdict()}
