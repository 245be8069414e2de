"""Indices from a million observations: reading a file, computing both indices of two years of days.

The observations are made: 200 providers, lists and deals on six kinds of terms in three countries, even
over the days. Each figure is processor time of this process, so that what else the machine does counts
little; wall time stands beside it. Memory is the process's peak after the step.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet
from rich.table import Table

from benchmarks import machine
from benchmarks.terminal import wide_console
from exchange.indices.computing import compute
from exchange.indices.methodology import shipped
from exchange.indices.reading import read

LIMIT_S = 5.0
"""What an index from a million observations may take."""

PROVIDERS = 200
INDICES = ("h100_usd", "h100_tx_usd")


class Line(NamedTuple):
    """One step: its seconds of processor and of wall time, and the peak of memory after it."""

    step: str
    processor_s: float
    wall_s: float
    peak_mb: float
    result: str


def observations(rows: int, days: int, seed: int) -> pa.Table:
    """Return made observations as the columns of a file."""
    draw = np.random.default_rng(seed)
    provider = draw.integers(0, PROVIDERS, rows)
    moment = np.datetime64("2024-10-01", "s") + draw.integers(0, days * 86_400, rows)
    executed = draw.integers(0, 2, rows)
    price = 2.5 * np.exp(draw.normal(0, 0.1, rows) + 0.3 * (1 - executed) + 0.1 * (provider % 3))

    def words(values: Sequence[str], place: Any) -> pa.Array:
        return pa.array(np.array(values)[place])

    return pa.table(
        {
            "time": pa.array(np.datetime_as_string(moment, unit="s", timezone="UTC")),
            "gpu": words(["H100-SXM", "H100-PCIe"], draw.integers(0, 2, rows)),
            "provider": pa.array([f"provider {number:03}" for number in provider]),
            "cloud_type": words(["neocloud", "marketplace", "hyperscaler"], provider % 3),
            "country": words(["US", "DE", "JP"], draw.integers(0, 3, rows)),
            "interconnect": words(["infiniband", "ethernet"], provider % 2),
            "cluster_gpus": draw.choice([8, 64], rows),
            "rental": words(
                ["on_demand", "spot", "reserved"], draw.choice(3, rows, p=[0.7, 0.2, 0.1])
            ),
            "executed": words(["listed", "executed"], executed),
            "price": np.round(price, 3),
            "gpu_hours": np.round(draw.lognormal(4, 1, rows), 1),
            "currency": pa.array(["USD"] * rows),
        }
    )


def measured(step: str, act: Callable[[], Any], told: Callable[[Any], str]) -> tuple[Line, Any]:
    """Run a step once and measure it."""
    began, began_wall = time.process_time(), time.perf_counter()
    result = act()
    spent, wall = time.process_time() - began, time.perf_counter() - began_wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Line(step, spent, wall, peak, told(result)), result


def run(rows: int, days: int, seed: int, folder: Path) -> list[Line]:
    """Write the files, then read and compute."""
    table = observations(rows, days, seed)
    arrow_csv.write_csv(table, folder / "o.csv", arrow_csv.WriteOptions(quoting_style="none"))
    parquet.write_table(table, folder / "o.parquet")
    del table
    lines = []
    panel = None
    for name in ("o.csv", "o.parquet"):
        line, read_in = measured(
            f"read {name.partition('.')[2]}",
            lambda name=name: read(folder / name).panel,
            lambda panel: f"{len(panel):,} rows",
        )
        lines.append(line)
        panel = read_in
    for each in shipped():
        if each.name in INDICES:
            line, _ = measured(
                f"compute {each.name}",
                lambda each=each: compute(panel, [each]),
                lambda prints: f"{sum(one.price_micros is not None for one in prints)} prints",
            )
            lines.append(line)
    return lines


def show(lines: Sequence[Line], rows: int) -> Table:
    """Return the figures as a table, and how the slowest whole compares with the aim."""
    table = Table("step", title=f"Indices from {rows:,} observations")
    for column in ("processor, s", "wall, s", "peak memory, MB", "result"):
        table.add_column(column, justify="right")
    for line in lines:
        figures = (f"{line.processor_s:.2f}", f"{line.wall_s:.2f}", f"{line.peak_mb:,.0f}")
        table.add_row(line.step, *figures, line.result)
    reads = [line.processor_s for line in lines if line.step.startswith("read")]
    computes = [line.processor_s for line in lines if line.step.startswith("compute")]
    worst = max(reads) + max(computes)
    word = "met" if worst <= LIMIT_S else "missed"
    table.caption = f"file to prints of one index: {worst:.2f} s at most; aim {LIMIT_S:g} s: {word}"
    return table


def main(argv: Sequence[str]) -> None:
    """Measure, print the table, write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks indices", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(argv)
    console = wide_console()
    with tempfile.TemporaryDirectory() as folder, console.status("reading and computing"):
        lines = run(given.rows, given.days, given.seed, Path(folder))
    console.print(show(lines, given.rows))
    kept = machine.save(
        "indices", {"plan": vars(given), "lines": [line._asdict() for line in lines]}
    )
    console.print(f"written to {kept}")
