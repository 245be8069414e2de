"""`cfx study`: compare designs of a market in virtual time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clients.simulation.matching_report import picture, table
from clients.simulation.matching_study import Outcome, Terms, contracts, study
from exchange.indices.plotting import PlottingError

app = typer.Typer(no_args_is_help=True, help="Compare designs of a market in virtual time.")
out = Console()
err = Console(stderr=True)

PICTURES = (".png", ".svg", ".pdf")


@app.callback()
def _root() -> None:
    """Compare designs of a market in virtual time."""


@app.command()
def matching(
    seed: Annotated[int, typer.Option(min=0, help="First seed.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from the first on.")] = 5,
    seconds: Annotated[int, typer.Option(min=2, help="Market time of a run.")] = 120,
    batch_ms: Annotated[int, typer.Option(min=1, max=60_000, help="Interval of batches.")] = 100,
    fast_ms: Annotated[float, typer.Option(min=0.0, help="Latency each way of the fast.")] = 1.0,
    slow_ms: Annotated[float, typer.Option(min=0.0, help="Latency each way of the slow.")] = 20.0,
    plot: Annotated[Path | None, typer.Option(help="Write a picture (.png, .svg, .pdf).")] = None,
) -> None:
    """Run the same participants and news on price-time, pro-rata, FIFO-top and batch books."""
    if plot is not None and (plot.suffix not in PICTURES or not plot.parent.is_dir()):
        err.print(f"{plot}: name a file in an existing folder that ends in {', '.join(PICTURES)}")
        raise typer.Exit(2)
    terms = Terms(seconds=seconds, batch_ms=batch_ms, fast_ms=fast_ms, slow_ms=slow_ms)
    columns = TextColumn("markets"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    outcomes: list[Outcome] = []
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("markets", total=seeds * len(contracts(terms)))
        for outcome in study(range(seed, seed + seeds), terms):
            outcomes.append(outcome)
            progress.advance(task)
    out.print(table(outcomes))
    if plot is not None:
        try:
            picture(outcomes, plot)
        except PlottingError as error:
            err.print(str(error))
            raise typer.Exit(1) from error
        out.print(f"wrote {plot}")
