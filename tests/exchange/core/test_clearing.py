"""Fills at the mark, entry costs and realised results, computed by hand and with unbounded integers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import clearing, invariants, scenarios
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.core.intents import bounded
from tests.exchange.core.lab import BUY, FOK, IOC, SELL, USD, Lab, spec, submit

TICK = 7_300_000


def position(lab: Lab, account: int) -> tuple[int, int, int]:
    """(lots, entry cost in ticks times lots, realised micro-dollars)."""
    row = lab.core.position(account, 0).tolist()
    return (
        row[at.POSITION_LOTS],
        row[at.POSITION_COST_TICKLOTS],
        row[at.POSITION_REALISED_MICROS],
    )


def two(deposit: int = 1_000_000 * USD) -> Lab:
    return Lab(spec(), deposits=(deposit, deposit))


def test_a_fill_is_booked_at_the_mark() -> None:
    lab = two()
    lab.trade(0, 1, 302, 10)
    # Two ticks of 7.30 $ above the mark on ten lots; taker 5 $ and maker 2 $ a lot.
    assert lab.cash(0) == (1_000_000 - 146 - 50) * USD
    assert lab.cash(1) == (1_000_000 + 146 - 20) * USD
    assert position(lab, 0) == (10, 3_020, 0)
    assert position(lab, 1) == (-10, -3_020, 0)
    assert lab.core.instrument(0)[at.INSTRUMENT_OPEN_INTEREST_LOTS] == 10
    assert lab.core.venue[at.VENUE_FEES_MICROS] == 70 * USD
    assert lab.core.account(0)[at.ACCOUNT_FEES_MICROS] == 50 * USD


def test_a_position_that_flips_realises_and_starts_anew() -> None:
    lab = two()
    lab.trade(0, 1, 300, 10)
    lab.trade(1, 0, 310, 15)
    assert position(lab, 0) == (-5, -5 * 310, 10 * 10 * TICK)
    assert position(lab, 1) == (5, 5 * 310, -10 * 10 * TICK)
    assert lab.core.instrument(0)[at.INSTRUMENT_OPEN_INTEREST_LOTS] == 5


def test_entry_costs_leave_in_proportion_rounded_down() -> None:
    lab = two()
    lab.trade(0, 1, 300, 1)
    lab.trade(0, 1, 301, 2)
    assert position(lab, 0) == (3, 902, 0)
    lab.trade(1, 0, 305, 1)
    # floor(902 / 3) = 300 leaves the long; floor(-902 / 3) = -301 leaves the short.
    assert position(lab, 0) == (2, 602, 5 * TICK)
    assert position(lab, 1) == (-2, -601, -4 * TICK)


def test_a_new_mark_moves_the_cash_of_positions_only() -> None:
    lab = two()
    lab.trade(0, 1, 300, 10)
    before = lab.cash(0), lab.cash(1)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=290))
    assert (lab.cash(0), lab.cash(1)) == (before[0] - 100 * TICK, before[1] + 100 * TICK)
    assert position(lab, 0) == (10, 3_000, 0)


def test_trading_with_oneself_leaves_fees_alone() -> None:
    lab = two()
    lab.trade(0, 0, 305, 4)
    assert position(lab, 0) == (0, 0, 0)
    assert lab.cash(0) == 1_000_000 * USD - 4 * 7 * USD
    assert invariants.violations(lab.core) == []


@bounded
@given(
    st.lists(
        st.tuples(
            st.integers(1, (1 << 31) - 1), st.sampled_from([1, 2, 1_999, 4_096]), st.booleans()
        ),
        min_size=1,
        max_size=12,
    )
)
def test_the_largest_permitted_sizes_and_prices_do_not_overflow(
    trades: list[tuple[int, int, bool]],
) -> None:
    # One micro-dollar a tick, so that even these sizes stay inside the bound on exposure.
    terms = spec(
        tick_micros=1,
        contract_hours=1,
        max_order_lots=1 << 31,
        max_position_lots=1 << 31,
        reference_ticks=2_000,
        band_ppm=1_000_000,
        maker_fee_micros=4_096,
        taker_fee_micros=4_096,
    )
    lab = Lab(terms, deposits=(10**15, 10**15))
    lots = cost = realised = fees = flow = done = 0
    for qty, price, buys in trades:
        buyer, seller = (0, 1) if buys else (1, 0)
        lab.do(submit(seller, SELL, price, qty))
        found = lab.do(submit(buyer, BUY, price, qty, tif=FOK))
        lab.do(Command(CommandKind.CANCEL_ALL, 1, -1), Command(CommandKind.CANCEL_ALL, 0, -1))
        if found[0][at.EVENT_KIND] != at.EventKind.ACCEPTED:
            continue
        done += 1
        signed = qty if buys else -qty
        flow -= signed * price
        fees += qty * 4_096
        if lots * signed >= 0:
            cost += price * signed
        else:
            closed = min(qty, abs(lots))
            left = cost * closed // abs(lots)
            realised += price * (closed if lots > 0 else -closed) - left
            cost += price * (signed - (-closed if lots > 0 else closed)) - left
        lots += signed
        assert position(lab, 0) == (lots, cost, realised)
        assert lab.cash(0) == 10**15 + flow + lots * 2_000 - fees
        assert invariants.violations(lab.core) == []
    assert done >= 1 or lab.core.seq > 3


def test_payments_go_to_longs_and_come_from_shorts() -> None:
    lab = two()
    lab.trade(0, 1, 300, 3)
    cash = lab.cash(0), lab.cash(1)
    funded = at.POSITION_FUNDING_MICROS
    paid = clearing.pay_per_lot(lab.core.accounts, lab.core.positions, 0, 11, funded)
    assert paid == 6
    assert lab.core.positions[:2, 0, funded].tolist() == [33, -33]
    assert (lab.cash(0), lab.cash(1)) == (cash[0] + 33, cash[1] - 33)


@bounded
@given(
    st.lists(st.tuples(st.integers(271, 329), st.integers(1, 9)), max_size=30),
    st.integers(280, 320),
)
def test_working_losses_are_those_of_single_orders(
    orders: list[tuple[int, int]], mark: int
) -> None:
    lab = two(100_000_000 * USD)
    for price, qty in orders:
        lab.do(submit(0, BUY if price < 300 else SELL, price, qty))
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=mark))
    kept = lab.core.position(0, 0).tolist()
    assert kept[at.POSITION_BUY_LOSS_TICKLOTS] == sum(
        max(0, price - mark) * qty for price, qty in orders if price < 300
    )
    assert kept[at.POSITION_SELL_LOSS_TICKLOTS] == sum(
        max(0, mark - price) * qty for price, qty in orders if price >= 300
    )
    rows = lab.core.positions.copy()
    losses = lab.core.losses.copy()
    scenarios.reprice(lab.core, 0)
    assert np.array_equal(rows, lab.core.positions)
    assert np.array_equal(losses, lab.core.losses)


def test_an_ioc_that_finds_nothing_leaves_nothing() -> None:
    lab = two()
    lab.do(submit(0, BUY, 300, 5, tif=IOC))
    assert not lab.core.positions.any()
