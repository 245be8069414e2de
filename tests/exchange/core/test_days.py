"""Days end in their order, each once."""

from __future__ import annotations

import datetime

import pytest

from exchange.core import layout as at
from exchange.core import snapshot
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Reason
from marketdata.days import NS_PER_DAY
from tests.exchange.core.lab import USD, Lab, spec

NEW_YEAR = (datetime.date(2026, 12, 31) - datetime.date(1970, 1, 1)).days
INT64 = (1 << 63) - 1


def roll(day: int) -> Command:
    return Command(CommandKind.DAY_ROLL, qty_lots=day)


def market() -> Lab:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    lab.ts_ns = NEW_YEAR * NS_PER_DAY + 80_000 * 10**9
    return lab


def test_a_day_ends_once() -> None:
    lab = market()
    told = lab.do(roll(NEW_YEAR))
    assert [row[at.EVENT_KIND] for row in told] == [EventKind.DAY_ROLLED]
    assert told[0][at.EVENT_TAG] == NEW_YEAR == lab.core.venue[at.VENUE_DAY]
    digest = lab.timeless_digest
    assert lab.reason(roll(NEW_YEAR)) == Reason.INVALID_DAY
    assert lab.timeless_digest == digest


@pytest.mark.parametrize("day", [0, -1, NEW_YEAR + 2, INT64, -INT64 - 1])
def test_no_day_ends_before_its_time(day: int) -> None:
    lab = market()
    digest = lab.timeless_digest
    assert lab.reason(roll(day)) == Reason.INVALID_DAY
    assert lab.timeless_digest == digest


def test_a_snapshot_knows_the_day_and_its_trades() -> None:
    lab = market()
    lab.trade(0, 1, 300, 1)
    lab.do(roll(NEW_YEAR))
    lab.trade(0, 1, 300, 1)
    restored = snapshot.restore(snapshot.take(lab.core))
    assert snapshot.digest(restored) == lab.digest
    assert restored.trades.day_id == 2
    assert len(restored.trades) == 2
    lab.core = restored
    lab.do(roll(NEW_YEAR + 1))
    assert len(restored.trades) == 1
