"""The command ``cfx``: the traders' commands, joined with those of the exchange."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from clients.bot import run_bot
from clients.credentials import Credentials, load_key
from clients.demo import DemoError, DemoSettings
from clients.demo import run as run_demo
from clients.economy.cli import app as economy_app
from clients.errors import ExchangeError
from clients.live import Tally
from clients.participants import REGISTRY
from clients.participants.params import words
from clients.simulation.cli import app as study_app
from clients.trader import Report
from exchange.config import MAX_DAYS_PER_MINUTE
from marketdata.messages import MICROS

DEFAULT_URL = "ws://127.0.0.1:8000/ws/api/v2"

app = typer.Typer(no_args_is_help=True, help="An exchange for compute futures.")
app.add_typer(economy_app, name="economy")
app.add_typer(study_app, name="study")


@app.callback()
def _root() -> None:
    """An exchange for compute futures."""


@app.command()
def bot(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(REGISTRY)}.")],
    url: Annotated[
        list[str] | None,
        typer.Option(
            help="WebSocket address of the gateway; may be repeated, the next is tried where one ends. "
            f"{DEFAULT_URL} if not given."
        ),
    ] = None,
    marketdata_url: Annotated[
        list[str] | None,
        typer.Option(
            help="Address of the market data; may be repeated, the first copy of each message counts. "
            "The gateway's if not given."
        ),
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="keys.json of the exchange's data directory.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Account to trade, of keys.json.")] = None,
    client_id: Annotated[
        str | None, typer.Option(envvar="CFX_CLIENT_ID", help="Instead of --keys.")
    ] = None,
    client_secret: Annotated[
        str | None, typer.Option(envvar="CFX_CLIENT_SECRET", help="Instead of --keys.")
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option(help="A parameter of the kind, key=value; may be repeated.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name that its random numbers come from; the kind's.")
    ] = None,
    duration: Annotated[
        float | None, typer.Option(min=0, help="Seconds to trade; until Ctrl-C if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of its random numbers.")] = 0,
) -> None:
    """Run one trader against a running exchange."""
    console = Console()
    try:
        key = _key(keys, account, client_id, client_secret)
        tally, report = asyncio.run(
            run_bot(
                kind,
                url or [DEFAULT_URL],
                key,
                marketdata_url=marketdata_url or None,
                params=words(param or []),
                name=name,
                seed=seed,
                duration_s=duration,
                console=console,
            )
        )
    except (ExchangeError, OSError, ValueError, KeyError) as error:
        text = error.args[0] if isinstance(error, KeyError) else error
        typer.echo(f"cfx bot: {text}", err=True)
        raise typer.Exit(1) from None
    console.print(_summary(tally, report))


@app.command()
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


def _key(
    keys: Path | None, account: str | None, client_id: str | None, client_secret: str | None
) -> Credentials:
    if client_id and client_secret:
        return Credentials(client_id, client_secret)
    if keys is not None and account is not None:
        return load_key(keys, account)
    raise ValueError("give --keys and --account, or --client-id and --client-secret")


def _summary(tally: Tally, report: Report) -> Table:
    table = Table("", report.trader, title=report.kind)
    if report.without:
        table.add_column("without the exchange")
    for field in ("orders", "amends", "cancels", "rejects", "limited", "lost", "fills"):
        table.add_row(field, f"{getattr(tally, field):,}")
    table.add_row("volume, lots", f"{tally.volume_lots:,}")
    table.add_row("P&L, $", f"{tally.pnl_micros / MICROS:+,.2f}")
    for figure, amount in report.figures.items():
        cells = [f"{amount:,.4g}"]
        if figure in report.without:
            cells.append(f"{report.without[figure]:,.4g}")
        table.add_row(figure, *cells)
    return table


def main() -> None:
    """Run ``cfx`` with the exchange's commands beside the traders'."""
    from exchange.cli import app as exchange_app

    app.registered_commands += exchange_app.registered_commands
    app.registered_groups += exchange_app.registered_groups
    app()


if __name__ == "__main__":
    main()
