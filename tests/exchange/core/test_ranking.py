"""The order of many holders at once is that of their exact ranks, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import layout as at
from exchange.core.layout import AccountStatus
from exchange.core.ranking import rank, ranked
from tests.exchange.core.lab import USD, Lab, perpetual, spec

MARK = 300

lots = st.integers(-5, 5) | st.integers(-(1 << 20), 1 << 20)
costs = st.integers(-3_000, 3_000) | st.integers(-(1 << 30), 1 << 30)
equities = st.integers(-3, 50) | st.integers(-(1 << 50), 1 << 50)
statuses = st.sampled_from([AccountStatus.SOUND, AccountStatus.CALLED, AccountStatus.CLOSING_OUT])
holders = st.lists(st.tuples(lots, costs, equities, statuses, lots), min_size=2, max_size=30)


def held(drawn: list[tuple[int, int, int, int, int]]) -> Lab:
    """A market in which each account has these lots, cost, cash, status, and lots of a second instrument."""
    lab = Lab(spec(), perpetual(), deposits=(USD,) * len(drawn))
    for account, (number, cost, cash, status, second) in enumerate(drawn):
        lab.core.positions[account, 0, at.POSITION_LOTS] = number
        lab.core.positions[account, 0, at.POSITION_COST_TICKLOTS] = cost
        lab.core.positions[account, 1, at.POSITION_LOTS] = second
        lab.core.accounts[account, at.ACCOUNT_CASH_MICROS] = cash
        lab.core.accounts[account, at.ACCOUNT_STATUS] = int(status)
    return lab


def one_by_one(lab: Lab, *, longs: bool) -> list[int]:
    """Rank each holder by itself, in exact fractions."""
    signs = np.sign(lab.core.positions[:, 0, at.POSITION_LOTS])
    accounts = np.flatnonzero(signs == (1 if longs else -1)).tolist()
    return sorted(accounts, key=lambda account: rank(lab.core, account, 0), reverse=True)


@given(holders)
def test_all_at_once_are_in_the_order_of_each(drawn: list[tuple[int, int, int, int, int]]) -> None:
    lab = held(drawn)
    for longs in (True, False):
        assert ranked(lab.core, 0, longs=longs) == one_by_one(lab, longs=longs)


@pytest.mark.parametrize("weight", [0, 1, 10**12])
@given(drawn=holders)
def test_so_they_are_whatever_a_lot_needs(
    weight: int, drawn: list[tuple[int, int, int, int, int]]
) -> None:
    lab = held(drawn)
    lab.core.instruments[0, at.INSTRUMENT_MAINTENANCE_MICROS] = weight
    for longs in (True, False):
        assert ranked(lab.core, 0, longs=longs) == one_by_one(lab, longs=longs)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 60)), min_size=2, max_size=40))
def test_ranks_that_hardly_differ_are_told_apart(drawn: list[tuple[int, int]]) -> None:
    # The same position ten times as large with ten times the cash has the same rank, a micro more another.
    lab = held(
        [(lots, 200 * lots, 10**15 * lots + more, AccountStatus.SOUND, 0) for lots, more in drawn]
    )
    assert ranked(lab.core, 0, longs=True) == one_by_one(lab, longs=True)


def test_beyond_what_can_be_estimated_the_fractions_decide() -> None:
    lab = held([(n + 1, 0, (1 << 62) - n // 2, AccountStatus.SOUND, 0) for n in range(9)])
    assert ranked(lab.core, 0, longs=True) == one_by_one(lab, longs=True)
    assert ranked(lab.core, 0, longs=False) == []
