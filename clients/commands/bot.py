"""`cfx bot`: one trader against a running exchange."""

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
    console.print(summary(tally, report))


def _key(
    keys: Path | None, account: str | None, client_id: str | None, client_secret: str | None
) -> Credentials:
    if client_id and client_secret:
        return Credentials(client_id, client_secret)
    if keys is not None and account is not None:
        return load_key(keys, account)
    raise ValueError("give --keys and --account, or --client-id and --client-secret")


def summary(tally: Tally, report: Report) -> Table:
    """Return what a bot did as a table."""
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
