"""A venue, its schedule and a wall clock that a test sets."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exchange.config import Settings
from exchange.contracts import spec as contract_files
from exchange.contracts.sessions import round_the_clock
from exchange.contracts.terms import ContractSpec
from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.layout import EventKind
from exchange.indices.index_source import WalkSource
from exchange.schedule import Schedule
from exchange.venue import Venue
from tests.exchange.core.lab import BUY, IOC, SELL, USD, submit

TIMEOUT_S = 60.0
NS = 1_000_000_000
FAMILIES = ("GPU1", "H100")
LAST_DAY = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
"""16:00 in Chicago on the last business day of November 2026, in winter time."""


def ns(moment: datetime) -> int:
    return int(moment.timestamp()) * NS


class Ramp:
    """An index that rises by an odd amount each hour."""

    def price_micros(self, ts_ns: int) -> int:
        hours = (ts_ns - ns(datetime(2026, 11, 1, tzinfo=UTC))) // (3_600 * NS)
        return 2_500_000 + 317 * hours


class Wall:
    """A wall clock that a test sets."""

    def __init__(self, moment: datetime) -> None:
        self.ns = ns(moment)

    def __call__(self) -> int:
        return self.ns


class Day:
    """A venue, its schedule and the clock that both and the test look at."""

    def __init__(
        self, venue: Venue, wall: Wall, specs: Sequence[ContractSpec] | None = None
    ) -> None:
        self.venue = venue
        self.wall = wall
        specs = specs or list(map(round_the_clock, contract_files.shipped(*FAMILIES)))
        began_ns = min((spec.created_ns for spec in venue.core.specs), default=venue.now_ns())
        source = WalkSource({spec.index: Ramp() for spec in specs}, began_ns)
        self.schedule = Schedule(venue, specs, source)
        self.events: list[list[int]] = []
        venue.subscribe_private(lambda events, texts: self.events.extend(events))

    async def at(self, moment: datetime) -> list[list[int]]:
        """Let it be this time, step once, and return the events."""
        self.wall.ns = ns(moment)
        self.events.clear()
        await self.schedule.step()
        assert invariants.violations(self.venue.core) == []
        return list(self.events)

    def cash(self, account: int) -> int:
        return int(self.venue.core.account(account)[at.ACCOUNT_CASH_MICROS])

    async def trade(self, instrument: int, price_ticks: int, lots: int) -> None:
        """Alice, account 0, buys from bob, account 1."""
        sell = submit(1, SELL, price_ticks, lots, instrument=instrument)
        buy = submit(0, BUY, price_ticks, lots, instrument=instrument, tif=IOC)
        for command in (sell, buy):
            await self.venue.require(command)
        assert self.venue.core.position(0, instrument)[at.POSITION_LOTS] == lots


def run(
    directory: Path,
    start: datetime,
    test: Any,
    *,
    accounts: tuple[str, ...] = ("alice", "bob"),
    interval_s: float = 0.02,
    specs: Sequence[ContractSpec] | None = None,
) -> None:
    async def whole() -> None:
        wall = Wall(start)
        venue = await Venue.open(
            Settings(data_dir=directory, index_interval_s=interval_s), wall_ns=wall
        )
        for name in accounts:
            await venue.open_account(name, 10**6 * USD)
        await test(Day(venue, wall, specs))
        await venue.close()

    bounded: Coroutine[Any, Any, None] = asyncio.wait_for(whole(), TIMEOUT_S)
    asyncio.run(bounded)


def kinds(events: list[list[int]], kind: EventKind) -> list[list[int]]:
    return [row for row in events if row[at.EVENT_KIND] == kind]
