"""`cfx promote`: the change of the writer."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange.following import promotion
from exchange.terminal import DEFAULT_DATA_DIR, FollowedDir, explained, out


def promote(
    data_dir: FollowedDir = DEFAULT_DATA_DIR,
    wait: Annotated[
        float, typer.Option(min=0.0, help="Seconds that the present exchange may take to end.")
    ] = 10.0,
    timeout: Annotated[
        float, typer.Option(min=1.0, help="Seconds until the standby must serve.")
    ] = 60.0,
) -> None:
    """Let the standby of a data directory take over; the exchange that ran there must have ended."""
    with explained():
        state = promotion.promote(data_dir, wait, timeout)
    out.print(
        f"the standby serves from command {state.seq} on: gateway {state.url} "
        f"(WebSocket {state.gateway}), market data {state.marketdata}",
        highlight=False,
        soft_wrap=True,
    )
