"""The book beside a plain C++ book, the reference book and the books installable from PyPI.

One table over all mixes (mixes.py); a line's "× C++" is its rate by that of baseline.cpp on the same mix in
the same run. Kernel and C++ run in alternating rounds in one process, by batches of 1,000 with every event
row written; rates are messages a second of thread time, medians. Their p50, p99 and p99.9 are of
one command inside the compiled book (latency.py). The others get one call a message for as long as the
budget allows, each in a process of its own; their times are of one call ("call") from Python. B/order:
growth of a fresh process for each of 500,000 resting orders, with the maps that an engine's
adapter needs. Stream: the kernel's and the engines' trades are compared with those of the flow (resting
order, aggressor, price, size), the C++ event rows byte for byte with the kernel's.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import kernel_costs, machine, measure, order_memory, rounds
from benchmarks.children import Failed, in_child
from benchmarks.engines.port import Engine, installed
from benchmarks.flow import Flow, Mix
from benchmarks.matching_report import (
    BASELINE,
    KERNEL,
    Costs,
    Line,
    Section,
    aims,
    as_json,
    costs_table,
    footer,
    table,
)
from benchmarks.measure import Figures
from benchmarks.mixes import FUTURES, LARGE, MIXES, generate
from benchmarks.terminal import wide_console

TIMEOUT_S = 40.0
ROUNDS_TIMEOUT_S = 300.0


class Bench:
    """One run: what was asked for, and which engines have hung."""

    def __init__(self, arguments: argparse.Namespace, engines: list[Engine]) -> None:
        self.messages: int = arguments.messages
        self.rounds: int = arguments.rounds
        self.budget_s: float = arguments.budget
        self.seed: int = arguments.seed
        self.quick: bool = arguments.quick
        self.engines = engines
        self.hung: dict[str, str] = {}

    def engines_of(self, mix: Mix) -> list[Engine]:
        """Return who runs a mix beside the kernel and the C++ book."""
        ours = [measure.kernel_engine(), measure.reference_engine()]
        return ours if self.quick and mix.name != FUTURES.name else [*ours, *self.engines]

    def section(self, mix: Mix, flow: Flow, progress: Progress) -> Iterator[Line]:
        """Yield a mix's lines as they are measured."""
        progress.print(f"{mix.name}: {mix.text}", style="dim")
        answer = in_child(partial(rounds.run, flow, self.rounds), ROUNDS_TIMEOUT_S)
        base: float | None = None
        weighed = mix.name == LARGE.name
        if isinstance(answer, Failed):
            yield Line(KERNEL, answer, None)
        else:
            ours, theirs = answer.kernel, answer.baseline
            if weighed:
                ours = ours._replace(order_bytes=order_memory.of_books(rounds.open_kernel))
            yield Line(KERNEL, ours, answer.ratio, inside=True)
            if isinstance(theirs, Figures):
                base = theirs.rate_per_s
                if weighed:
                    grown = order_memory.of_books(rounds.open_baseline)
                    theirs = theirs._replace(order_bytes=grown)
            yield Line(BASELINE, theirs, 1.0 if base else None, inside=True)
        for engine in self.engines_of(mix):
            figures = self.peer(engine, flow, mix)
            if weighed and isinstance(figures, Figures):
                figures = figures._replace(order_bytes=order_memory.of_engine(engine))
            ratio = figures.rate_per_s / base if base and isinstance(figures, Figures) else None
            yield Line(engine.name, figures, ratio)

    def peer(self, engine: Engine, flow: Flow, mix: Mix) -> Figures | Failed:
        """Run one engine, unless it has hung before."""
        if engine.name in self.hung:
            return Failed(f"not run: hung on {self.hung[engine.name]}")
        answer = in_child(
            partial(measure.engine_calls, engine, flow, self.budget_s),
            TIMEOUT_S,
        )
        if isinstance(answer, Failed) and answer.startswith("hangs"):
            self.hung[engine.name] = mix.name
        return answer


def main(argv: Sequence[str]) -> None:
    """Measure, print the table and the aims, and write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks matching", description=__doc__)
    parser.add_argument("--messages", type=int, help="of each mix; 1,000,000, or 200,000 if quick")
    parser.add_argument("--rounds", type=int, help="of kernel and C++; 9, or 3 if quick")
    parser.add_argument("--budget", type=float, help="seconds of each other engine; 1, or 0.3")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mix", choices=[mix.name for mix in MIXES], action="append")
    parser.add_argument(
        "--quick", action="store_true", help="less of all; other engines on the first mix only"
    )
    arguments = parser.parse_args(argv)
    usual = (200_000, 3, 0.3) if arguments.quick else (1_000_000, 9, 1.0)
    for name, value in zip(("messages", "rounds", "budget"), usual, strict=True):
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    console = wide_console(170)
    engines, missing = installed()
    if missing:
        console.print(f"not installed: {', '.join(missing)} (pip install '.[bench]')")
    bench = Bench(arguments, engines)
    mixes = [mix for mix in MIXES if not arguments.mix or mix.name in arguments.mix]
    sections, costs = run(bench, mixes, console)
    found = aims(sections, costs)
    console.print(table(sections), costs_table(costs), footer(found), sep="\n\n")
    results: dict[str, Any] = {
        "messages": bench.messages,
        "rounds": bench.rounds,
        "seed": bench.seed,
        "mixes": {section.name: as_json(section) for section in sections},
        "calls": costs.calls._asdict(),
        "steady": costs.steady._asdict(),
        "starts": {
            name: start._asdict()
            for name, start in (("cold", costs.cold), ("cached", costs.cached))
            if start is not None
        },
        "aims": [aim._asdict() for aim in found],
    }
    console.print(f"written to {machine.save('matching', results)}")


def run(bench: Bench, mixes: list[Mix], console: Console) -> tuple[list[Section], Costs]:
    """Measure all mixes and then what is beside them, with a bar that counts the lines."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    total = sum(3 + len(bench.engines_of(mix)) for mix in mixes) + 2
    sections = []
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("generating", total=total)
        for mix in mixes:
            progress.update(task, description=f"{mix.name}: generating")
            flow = generate(mix, bench.messages, seed=bench.seed)
            progress.update(task, description=mix.name, advance=1)
            lines = []
            for line in bench.section(mix, flow, progress):
                lines.append(line)
                progress.update(task, description=f"{mix.name}: {line.engine}", advance=1)
            sections.append(Section(mix.name, mix.text, flow.live, lines))
        progress.update(task, description="calls and memory")
        calls = kernel_costs.single_calls(bench.rounds)
        steady = kernel_costs.steady_state(generate(FUTURES, 200_000, seed=bench.seed))
        progress.update(task, description="starts", advance=1)
        cold = cached = None
        if not bench.quick:
            cold, cached = kernel_costs.starts(5)
        progress.update(task, advance=1)
    return sections, Costs(calls, steady, cold, cached)
