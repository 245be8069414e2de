"""Day ends: the core's columns as copies, with room for what comes later."""

from __future__ import annotations

import msgspec
import pytest

from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from exchange.statements.day_end import CASH, FEES, FUNDING, VARIATION, DayEnd
from tests.exchange.core.lab import USD
from tests.exchange.statements.story import market


def test_it_is_apart_from_the_core() -> None:
    lab = market()
    lab.trade(0, 1, 302, 10)
    lab.trade(0, 1, 3_000, 10, instrument=1)
    lab.do(Command(CommandKind.FUND, instrument=1, amount_micros=7_000))
    end = DayEnd.of(lab.core)
    assert end.accounts[:, CASH].tolist() == [lab.cash(0), lab.cash(1)]
    assert end.accounts[:, FEES].sum() == lab.core.venue[at.VENUE_FEES_MICROS]
    assert end.positions[:, 0, VARIATION].tolist() == [-146 * USD, 146 * USD]
    assert end.positions[:, 1, FUNDING].tolist() == [-70_000, 70_000]
    cash = lab.cash(0)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=310))
    assert end.accounts[0, CASH] == cash != lab.cash(0)


def test_it_grows_with_zeros_and_survives_packing() -> None:
    lab = market()
    lab.trade(0, 1, 302, 10)
    end = DayEnd.of(lab.core)
    grown = end.grown(5, 3)
    assert grown.accounts.shape == (5, 4)
    assert grown.positions.shape == (5, 3, 2)
    assert grown.accounts[:2].tolist() == end.accounts.tolist()
    assert grown.positions[:2, :2].tolist() == end.positions.tolist()
    assert grown.accounts[2:].sum() == grown.positions[2:].sum() == 0
    again = DayEnd.unpacked(end.packed())
    assert again.accounts.tolist() == end.accounts.tolist()
    assert again.positions.tolist() == end.positions.tolist()
    assert DayEnd.before().grown(2, 2).positions.tolist() == [[[0, 0]] * 2] * 2


def test_other_bytes_are_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        DayEnd.unpacked(b"\xc0")
