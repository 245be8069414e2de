"""Initial and maintenance margin of positions and working orders, in dollars by hand."""

from __future__ import annotations

import numpy as np
import pytest

from exchange.core import layout as at
from exchange.core import margin
from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from exchange.core.ledger import Ledger
from tests.exchange.core.lab import BUY, SELL, USD, Lab, perpetual, spec, submit

LOT = 438 * USD
"""20 % of 300 ticks of 7.30 $."""
TICK = 7_300_000


def lab() -> Lab:
    return Lab(spec(), perpetual(), deposits=(1_000_000 * USD, 1_000_000 * USD))


def test_working_orders_count_at_the_worse_side() -> None:
    market = lab()
    market.order(submit(0, BUY, 290, 10))
    assert market.initial(0) == 10 * LOT
    market.order(submit(0, SELL, 310, 4))
    assert market.initial(0) == 10 * LOT
    market.order(submit(0, SELL, 311, 9))
    assert market.initial(0) == 13 * LOT


def test_a_price_beyond_the_mark_adds_what_its_fill_would_lose() -> None:
    market = lab()
    market.order(submit(0, BUY, 305, 2))
    assert market.initial(0) == 2 * LOT + 2 * 5 * TICK
    market.order(submit(1, SELL, 307, 3))
    assert market.initial(1) == 3 * LOT
    market.do(Command(CommandKind.MARK, instrument=0, price_ticks=320))
    rate = 320 * TICK // 5
    assert market.initial(0) == 2 * rate
    assert market.initial(1) == 3 * rate + 3 * 13 * TICK


def test_a_deep_bid_does_not_pay_for_a_losing_one() -> None:
    market = lab()
    market.order(submit(0, BUY, 330, 10))
    market.order(submit(0, BUY, 1, 10))
    assert market.initial(0) == 20 * LOT + 10 * 30 * TICK
    market.order(submit(1, SELL, 330, 10))
    # Only the losing bid filled: the loss was margined, so equity still covers what is left.
    assert market.cash(0) == (1_000_000 - 20) * USD - 10 * 30 * TICK
    assert market.initial(0) == 20 * LOT


def test_a_position_nets_with_the_other_side() -> None:
    market = lab()
    market.trade(0, 1, 300, 10)
    assert market.initial(0) == market.initial(1) == 10 * LOT
    maintenance = 10 * 300 * TICK * 150_000 // 10**6
    assert market.core.account(0)[at.ACCOUNT_MAINTENANCE_MICROS] == maintenance
    market.order(submit(0, SELL, 310, 10))
    assert market.initial(0) == 10 * LOT
    market.order(submit(0, SELL, 310, 15))
    assert market.initial(0) == 15 * LOT
    assert market.core.account(0)[at.ACCOUNT_MAINTENANCE_MICROS] == maintenance


def test_an_account_s_margin_is_the_sum_over_instruments() -> None:
    market = lab()
    market.trade(0, 1, 300, 1)
    market.trade(0, 1, 3_000, 100, instrument=1)
    # 20 % of 3.000 $ on a hundred GPU-hours.
    assert market.initial(0) == LOT + 60 * USD


@pytest.mark.parametrize(
    ("side", "price", "ticks"), [(0, 299, 0), (0, 300, 0), (0, 303, 3), (1, 303, 0), (1, 296, 4)]
)
def test_loss_ticks(side: int, price: int, ticks: int) -> None:
    assert margin.loss_ticks(lab().core.instruments, 0, side, price) == ticks


@pytest.mark.parametrize("seed", range(20))
def test_an_order_is_covered_exactly_where_its_scenarios_say_so(seed: int) -> None:
    rng = np.random.default_rng(seed)
    core = lab().core
    core.moves[0] = rng.integers(-1_000, 1_000, at.MOVE_COLUMNS)
    core.losses[0] = rng.integers(-50_000, 50_000, at.LOSS_COLUMNS)
    core.instruments[0, at.INSTRUMENT_INITIAL_MICROS] = abs(core.moves[0, : at.SCENARIOS]).max()
    core.instruments[0, at.INSTRUMENT_TAKER_FEE_MICROS] = fee = int(rng.integers(0, 500))
    account, losses = core.accounts[0], core.losses[0, : at.SCENARIOS]
    account[at.ACCOUNT_ADDON_MICROS] = own = int(rng.integers(0, 9_000))
    account[at.ACCOUNT_INITIAL_MICROS] = initial = max(0, int(losses.max())) + own
    ledger = Ledger(*core.ledger(), *[np.zeros((0, 1), np.int64)] * 2)
    found = set()
    for _ in range(200):
        side, lots, addon = rng.integers((0, -50, -9_000), (2, 50, 9_000)).tolist()
        moves = core.moves[0, : at.SCENARIOS] * (1 - 2 * side) * lots
        # More bought loses when prices fall, more sold when they rise.
        losing = core.moves[0, : at.SCENARIOS] * (1 - 2 * side) <= 0
        after = max(0, int(np.where(losing, losses - moves, losses).max())) + own + addon
        # At what it just needs, a micro-dollar less, and up to what its lots need by themselves.
        spare = int(rng.choice([-1, 0, 1, rng.integers(0, 50_000)]))
        account[at.ACCOUNT_CASH_MICROS] = cash = after + max(0, lots) * fee + spare
        covered = after <= initial or after + max(0, lots) * fee <= cash
        assert margin.is_covered(ledger, 0, 0, side, lots, addon) == covered
        found.add(covered)
    assert found == {False, True}
