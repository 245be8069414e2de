"""How long `cfx serve` takes to be ready: the first time, which compiles the kernels, and afterwards.

Ready is when /readyz answers 200, counted from the start of the process. For the first start the cache
of compiled kernels is an empty directory; Python's own bytecode is there already. Also the time that a
new interpreter takes to import what the server needs.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks import machine, processes
from benchmarks.terminal import wide_console

FIRST_AIM_S = 30.0
WARM_AIM_S = 3.0
COMPILING = "the first start compiles"
"""What a user who waits for the first start must have read meanwhile."""
IMPORTS = ("numba", "exchange.core.core", "exchange.serving", "clients.sdk")


class Starts(NamedTuple):
    """Seconds until ready; told: the first start said why it takes long."""

    first_s: float
    told: bool
    warm_s: list[float]
    imports_s: dict[str, float]


def main(argv: Sequence[str]) -> None:
    """Measure, print the table, write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks startup", description=__doc__)
    parser.add_argument("--warm", type=int, default=5, help="warm starts; the median is shown")
    given = parser.parse_args(argv)
    console = wide_console()
    machine.RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=machine.RESULTS, prefix="startup-") as folder:
        starts = run(Path(folder), given.warm, console)
    console.print(table(starts))
    console.print(f"written to {machine.save('startup', starts._asdict())}")


def run(folder: Path, warm: int, console: Console) -> Starts:
    """Start with an empty kernel cache, then often with what that start has left there."""
    # XDG_CACHE_HOME is where kernels are kept on Linux, the home directory decides elsewhere.
    environment = {"XDG_CACHE_HOME": str(folder / "cache"), "HOME": str(folder)}
    with console.status("first start"):
        first_s, said = start(folder / "first", environment)
    warm_s = []
    for number in range(warm):
        with console.status(f"warm start {number + 1}"):
            warm_s.append(start(folder / f"warm{number}", environment)[0])
    imports_s = {name: import_s(name) for name in IMPORTS}
    return Starts(first_s, COMPILING in said, warm_s, imports_s)


def start(folder: Path, environment: dict[str, str]) -> tuple[float, str]:
    """Start an exchange with an empty log and stop it; return the seconds and what it said."""
    folder.mkdir()
    with processes.exchange(folder, ["--account", "alice"], environment) as exchange:
        return exchange.ready_s, exchange.output.read_text()


def import_s(name: str) -> float:
    """Return the median seconds in which a new interpreter imports a module, its own start included."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {name}"], check=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def table(starts: Starts) -> Table:
    """Lay out the starts beside their aims."""
    shown = Table(title="until /readyz answers 200", title_justify="left", box=None, min_width=60)
    shown.add_column("start")
    for heading in ("seconds", "aim", "runs"):
        shown.add_column(heading, justify="right")
    told = "told what it waits for" if starts.told else "NOT told what it waits for"
    shown.add_row(f"first: compiles, {told}", f"{starts.first_s:.2f}", f"≤ {FIRST_AIM_S:g}", "1")
    if starts.warm_s:
        median, worst = statistics.median(starts.warm_s), max(starts.warm_s)
        runs = str(len(starts.warm_s))
        shown.add_row("warm, median", f"{median:.2f}", f"≤ {WARM_AIM_S:g}", runs)
        shown.add_row("warm, slowest", f"{worst:.2f}", "", runs)
    for name, seconds in starts.imports_s.items():
        shown.add_row(f"python -c 'import {name}'", f"{seconds:.2f}", "", "3")
    return shown
