"""What is fetched ahead changes nothing, whatever the commands name."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from exchange.core import ahead
from exchange.core import layout as at
from exchange.core.layout import CommandKind
from exchange.core.ledger import Ledger
from tests.exchange.core.lab import BUY, SELL, USD, Lab, spec, submit

ANY = [0, 1, -1, 7, 4095, 1 << 24, (1 << 63) - 1, -(1 << 63)]


@pytest.mark.parametrize("kind", [*CommandKind, 99])
def test_nothing_is_changed_by_asking(kind: int) -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    order_id = lab.order(submit(0, BUY, 290, 1))
    core = lab.core
    named = np.array(list(itertools.product(ANY, repeat=3)), np.int64)
    commands = np.zeros((len(named), at.COMMAND_COLUMNS), np.int64)
    commands[:, at.COMMAND_KIND] = int(kind)
    commands[:, [at.COMMAND_ACCOUNT, at.COMMAND_INSTRUMENT, at.COMMAND_PRICE_TICKS]] = named
    commands[:, [at.COMMAND_ORDER_ID, at.COMMAND_SIDE, at.COMMAND_QTY_LOTS]] = named
    commands[:1, at.COMMAND_ORDER_ID] = order_id
    events = np.zeros((1, at.EVENT_COLUMNS), np.int64)
    arrays = core.books.arrays(np.zeros((0, at.CONDITION_COLUMNS), np.int64))
    ledger = Ledger(*core.ledger(), commands, events)
    before = lab.digest
    ahead.fetch_first(arrays, ledger, 0, len(commands))
    for command in range(len(commands)):
        ahead.fetch_next(arrays, ledger, command)
    assert lab.digest == before


@pytest.mark.parametrize("side", [BUY, SELL])
def test_nothing_is_changed_by_asking_for_whom_an_order_meets(side: int) -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    for away in (1, 2, 2, 5):
        for resting in (BUY, SELL):
            lab.order(submit(0, resting, 300 - away + 2 * away * resting, 3))
    core = lab.core
    events = np.zeros((1, at.EVENT_COLUMNS), np.int64)
    commands = np.zeros((1, at.COMMAND_COLUMNS), np.int64)
    arrays = core.books.arrays(np.zeros((0, at.CONDITION_COLUMNS), np.int64))
    ledger = Ledger(*core.ledger(), commands, events)
    before = lab.digest
    for limit, qty_lots in itertools.product([*ANY, 298, 302], ANY):
        ahead.fetch_met(arrays, ledger, 0, side, limit, qty_lots)
    assert lab.digest == before
