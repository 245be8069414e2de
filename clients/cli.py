"""The command ``cfx``: the traders' commands, joined with those of the exchange."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from clients.bot import run_bot
from clients.credentials import Credentials, load_key
from clients.errors import ExchangeError
from clients.live import Tally
from clients.participants import REGISTRY
from clients.participants.params import words
from clients.trader import Report
from marketdata.messages import MICROS

DEFAULT_URL = "ws://127.0.0.1:8000/ws/api/v2"

app = typer.Typer(no_args_is_help=True, help="An exchange for compute futures.")


@app.callback()
def _root() -> None:
    """An exchange for compute futures."""


@app.command()
def bot(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(REGISTRY)}.")],
    url: Annotated[str, typer.Option(help="WebSocket address of the gateway.")] = DEFAULT_URL,
    marketdata_url: Annotated[
        str | None, typer.Option(help="Address of the market data; the gateway's if not given.")
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
                url,
                key,
                marketdata_url=marketdata_url,
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
    for field in ("orders", "amends", "cancels", "rejects", "limited", "lost", "fills"):
        table.add_row(field, f"{getattr(tally, field):,}")
    table.add_row("volume, lots", f"{tally.volume_lots:,}")
    table.add_row("P&L, $", f"{tally.pnl_micros / MICROS:+,.2f}")
    for figure, amount in report.figures.items():
        table.add_row(figure, f"{amount:,.4g}")
    return table


def main() -> None:
    """Run ``cfx`` with the exchange's commands beside the traders'."""
    from exchange.cli import app as exchange_app

    app.registered_commands += exchange_app.registered_commands
    app.registered_groups += exchange_app.registered_groups
    app()
