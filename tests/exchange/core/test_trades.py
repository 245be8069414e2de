"""The trades that are kept: those that events told of, by id, within two days and a maximum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from exchange.core import layout as at
from exchange.core import trades
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind
from exchange.core.trades import TradeMemory
from tests.exchange.core.intents import bounded, concrete, many
from tests.exchange.core.lab import BUY, FOK, SELL, USD, Lab, spec, submit

TRADED = (EventKind.EXECUTED, EventKind.UNCROSSED, EventKind.BLOCK_TRADED)


def executed(trade_id: int, side: int = 0) -> list[int]:
    """The EXECUTED row of a trade whose columns are all told apart."""
    row = [0] * at.EVENT_COLUMNS
    row[at.EVENT_KIND] = EventKind.EXECUTED
    row[at.EVENT_TAG] = trade_id
    row[at.EVENT_INSTRUMENT] = 3
    row[at.EVENT_SIDE] = side
    row[at.EVENT_PRICE_TICKS] = 300 + trade_id
    row[at.EVENT_QTY_LOTS] = 7
    row[at.EVENT_ACCOUNT], row[at.EVENT_RESTING_ACCOUNT] = 11, 12
    row[at.EVENT_FEE_MICROS], row[at.EVENT_RESTING_FEE_MICROS] = 50, 20
    return row


def test_a_trade_is_kept_with_its_buyer_first() -> None:
    memory = TradeMemory()
    memory.record(np.array([executed(1), executed(2, side=1)], np.int64))
    assert memory.rows.tolist() == [
        [1, 3, 301, 7, 11, 12, 50, 20, trades.STANDS, 0, 0],
        [2, 3, 302, 7, 12, 11, 20, 50, trades.STANDS, 0, 0],
    ]


@pytest.mark.parametrize("sizes", [[40], [1] * 40, [3, 17, 20]])
def test_only_the_latest_are_kept_however_they_came(sizes: list[int]) -> None:
    memory, told = TradeMemory(limit=12), 0
    for size in sizes:
        rows = [executed(told + k + 1) for k in range(size)]
        memory.record(np.array(rows, np.int64))
        told += size
    assert memory.rows[:, trades.TRADE_ID].tolist() == list(range(29, 41))
    assert len(memory) == 12
    assert memory.find(28) is None
    assert memory.find(41) is None
    found = memory.find(29)
    assert found is not None
    assert found[trades.TRADE_PRICE_TICKS] == 329


def test_a_day_s_end_forgets_the_day_before() -> None:
    memory = TradeMemory()
    memory.record(np.array([executed(1), executed(2)], np.int64))
    memory.end_day(2)
    assert len(memory) == 2
    memory.record(np.array([executed(3)], np.int64))
    memory.end_day(3)
    assert memory.rows[:, trades.TRADE_ID].tolist() == [3]
    memory.end_day(3)
    assert len(memory) == 0


def test_what_is_found_can_be_changed_and_restored() -> None:
    memory, other = TradeMemory(), TradeMemory()
    memory.record(np.array([executed(k) for k in range(1, 6)], np.int64))
    found = memory.find(4)
    assert found is not None
    found[trades.TRADE_STATE] = trades.BUSTED
    other.restore(memory.rows.tobytes(), 9)
    assert other.rows.tolist() == memory.rows.tolist()
    assert other.rows[3, trades.TRADE_STATE] == trades.BUSTED
    assert other.day_id == 9
    other.record(np.array([executed(6)], np.int64))
    assert len(other) == 6


def test_a_trade_can_be_undone_in_the_batch_that_made_it() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    events = lab.do(
        submit(1, SELL, 300, 4),
        submit(0, BUY, 300, 4, tif=FOK),
        Command(CommandKind.BUST, order_id=1),
    )
    assert events[-1][at.EVENT_KIND] == EventKind.TRADE_BUSTED
    assert (lab.lots(0), lab.lots(1)) == (0, 0)


@bounded
@given(many)
def test_every_trade_that_events_told_of_is_kept(intents: list) -> None:
    lab = concrete(intents)
    told = [row[at.EVENT_TAG] for row in lab.events if row[at.EVENT_KIND] in TRADED]
    days = [row for row in lab.events if row[at.EVENT_KIND] == EventKind.DAY_ROLLED]
    assert len(days) <= 1  # so that none is forgotten
    assert lab.core.trades.rows[:, trades.TRADE_ID].tolist() == told
    busted = [row[at.EVENT_TAG] for row in lab.events if row[0] == EventKind.TRADE_BUSTED]
    states = lab.core.trades.rows[:, trades.TRADE_STATE]
    assert [told[k] for k in np.flatnonzero(states)] == sorted(busted)
