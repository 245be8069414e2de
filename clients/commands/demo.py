"""`cfx demo`: an exchange with a crowd of traders, watched live."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clients.errors import ExchangeError
from exchange.config import MAX_DAYS_PER_MINUTE


def demo(
    bots: Annotated[int, typer.Option(min=1, max=200, help="Traders of the crowd.")] = 64,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = 8000,
    marketdata_port: Annotated[
        int, typer.Option(min=0, max=65535, help="0 takes a free port.")
    ] = 8001,
    data_dir: Annotated[
        Path, typer.Option(help="Directory of the log; a later run continues it.")
    ] = Path("cfx-data"),
    ephemeral: Annotated[
        bool, typer.Option("--ephemeral", help="Use a new directory and throw it away at the end.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of economy and traders.")] = 1,
    days_per_minute: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=MAX_DAYS_PER_MINUTE,
            help="Days of the market that pass in a minute; 0 is real time.",
        ),
    ] = 10.0,
    duration: Annotated[
        float | None, typer.Option(min=1, help="Seconds to run; until Ctrl-C if not given.")
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option(help="TOML file that says who takes part; the shipped crowd if not given."),
    ] = None,
) -> None:
    """Start an exchange with a crowd of traders and watch it live."""
    from clients.demo import DemoError, DemoSettings  # most of the exchange: not for --help
    from clients.demo import run as run_demo

    console = Console()
    with contextlib.ExitStack() as stack:
        if ephemeral:
            data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cfx-demo-")))
        settings = DemoSettings(
            data_dir=data_dir,
            port=port,
            marketdata_port=marketdata_port,
            bots=bots,
            seed=seed,
            days_per_minute=days_per_minute or None,
            duration_s=duration,
            population=population,
        )
        try:
            outcome = asyncio.run(run_demo(settings, console))
        except* (DemoError, ExchangeError, OSError) as errors:
            for error in errors.exceptions:
                typer.echo(f"cfx demo: {error}", err=True)
            raise typer.Exit(1) from None
    console.print(outcome.line, soft_wrap=True, highlight=False)
    if outcome.lost or outcome.census.broken_laws:
        raise typer.Exit(1)
