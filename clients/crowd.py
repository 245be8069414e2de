"""The running of a crowd of traders in one process, which may share one session's market data."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from clients.credentials import Credentials
from clients.live import LiveTrader
from clients.participants import make_trader
from clients.population import Member
from clients.sdk import Exchange


class Crowd:
    """Live traders, a session each, side by side in one event loop."""

    def __init__(
        self,
        members: Sequence[Member],
        keys: Mapping[str, Credentials],
        url: str,
        *,
        marketdata_url: str | None = None,
        seed: int = 0,
        market: Exchange | None = None,
    ) -> None:
        """Take keys by member's name. Raises ValueError where a member has none.

        market: an entered session whose market data all share; without it each has its own.
        """
        keyless = [member.name for member in members if member.name not in keys]
        if keyless:
            raise ValueError(f"no key for {', '.join(keyless)}")
        self.traders = [
            LiveTrader(
                Exchange(
                    url,
                    keys[member.name],
                    None if market is not None else marketdata_url,
                    cancel_on_disconnect=True,
                    market=market,
                ),
                make_trader(member.kind, member.name, seed, member.params),
            )
            for member in members
        ]

    async def run(self, stop: asyncio.Event, duration_s: float | None = None) -> None:
        """Trade until ``stop`` is set or the time is over; then every order is cancelled.

        Raises an ExceptionGroup of what ended single traders, after the others were stopped.
        """
        async with asyncio.TaskGroup() as group:
            for runner in self.traders:
                group.create_task(self._one(runner, stop, duration_s), name=runner.trader.name)

    async def _one(self, runner: LiveTrader, stop: asyncio.Event, duration_s: float | None) -> None:
        async with runner.exchange:
            await runner.run(stop, duration_s)
