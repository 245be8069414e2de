"""One trader on a running exchange, with a status line: what ``cfx bot`` does."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console

from clients.credentials import Credentials
from clients.live import LiveTrader, Tally
from clients.participants import make_trader
from clients.sdk import Exchange
from clients.trader import Report
from marketdata.messages import MICROS

STATUS_S = 1.0


@contextlib.contextmanager
def stopping_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set ``stop`` on Ctrl-C and SIGTERM while the block runs; a second one acts as usual."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def on_signal() -> None:
        stop.set()
        for number in signals:
            loop.remove_signal_handler(number)

    for number in signals:
        loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def run_bot(
    kind: str,
    url: str | Sequence[str],
    key: Credentials,
    *,
    marketdata_url: str | Sequence[str] | None = None,
    params: Mapping[str, Any] | None = None,
    name: str | None = None,
    seed: int = 0,
    duration_s: float | None = None,
    console: Console | None = None,
) -> tuple[Tally, Report]:
    """Trade until Ctrl-C or the time is over; return what was done and the trader's own report.

    url, marketdata_url: one address or several, as in ``Exchange.connect``.
    Raises ValueError for an unknown kind or parameter, and NotConnected or AuthenticationError
    where the exchange cannot be entered.
    """
    trader = make_trader(kind, name or kind, seed, params)
    exchange = Exchange(url, key, marketdata_url, cancel_on_disconnect=True)
    stop = asyncio.Event()
    async with exchange:
        runner = LiveTrader(exchange, trader)
        with stopping_on_signals(stop):
            status = asyncio.create_task(_show(runner, console or Console()))
            try:
                tally = await runner.run(stop, duration_s)
            finally:
                status.cancel()
                await asyncio.gather(status, return_exceptions=True)
    return tally, trader.report()


def status_line(runner: LiveTrader) -> str:
    """Return what a trader does now in one line."""
    tally, view = runner.tally, runner.exchange.view
    held = ", ".join(
        f"{position.qty_lots:+d} {name}"
        for name, position in sorted(view.positions.items())
        if position.qty_lots
    )
    return (
        f"{runner.trader.name}: {tally.orders} orders, {tally.amends} amends, "
        f"{tally.rejects} rejects, {tally.fills} fills, {tally.volume_lots} lots, "
        f"P&L {tally.pnl_micros / MICROS:+,.2f} $, holds {held or 'nothing'}"
    )


async def _show(runner: LiveTrader, console: Console) -> None:
    if not console.is_terminal:
        while True:
            await asyncio.sleep(10 * STATUS_S)
            console.print(status_line(runner), soft_wrap=True)
    with console.status("starting") as status:
        while True:
            await asyncio.sleep(STATUS_S)
            status.update(status_line(runner))
