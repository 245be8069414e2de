"""A binary pays all or nothing, is margined by all that may be lost, and so is never called for more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import AccountStatus, CommandKind, Reason
from exchange.core.mark_rule import MarkRule
from tests.exchange.core.lab import BUY, SELL, USD, Lab, binary, spec, submit

START = 10**6 * USD
ABOVE = 1


def market(**changes: object) -> Lab:
    """A lot of the binary is 100 dollars or nothing; it is marked at 0.40."""
    terms = binary(maker_fee_micros=0, taker_fee_micros=0, **changes)
    return Lab(spec(), terms, deposits=(START, START))


def settle(price_micros: int) -> Command:
    return Command(CommandKind.SETTLE, instrument=ABOVE, amount_micros=price_micros)


def test_each_side_s_margin_is_what_it_may_lose() -> None:
    lab = market()
    lab.trade(0, 1, 40, 10, ABOVE)
    for account, all_lost in ((0, 400 * USD), (1, 600 * USD)):
        row = lab.core.account(account)
        assert row[at.ACCOUNT_INITIAL_MICROS] == row[at.ACCOUNT_MAINTENANCE_MICROS] == all_lost
    lab.order(submit(0, BUY, 55, 4, instrument=ABOVE))
    # At 0.55 each of the 4 costs its price, of which 0.15 are lost against the mark at once.
    assert lab.initial(0) == (400 + 4 * 55) * USD
    lab.order(submit(0, SELL, 60, 30, instrument=ABOVE))
    # If only the asks fill it is short 20, of which 0.60 may be lost; the bid's 0.15 stay as they are.
    assert lab.initial(0) == (20 * 60 + 4 * 15) * USD
    assert invariants.violations(lab.core) == []


def test_nothing_else_offsets_it() -> None:
    lab = market()
    lab.trade(1, 0, 300, 10)
    futures = lab.initial(0)
    lab.trade(0, 1, 40, 10, ABOVE)
    assert lab.initial(0) == futures + 400 * USD
    assert lab.initial(1) == futures + 600 * USD


@pytest.mark.parametrize(("mean", "paid"), [(2_500_000, 0), (2_500_001, 100), (2_499_999, 0)])
def test_it_pays_a_dollar_a_unit_above_the_strike_alone(mean: int, paid: int) -> None:
    lab = market(settlement_fee_micros=USD)
    lab.trade(0, 1, 40, 10, ABOVE)
    lab.do(Command(CommandKind.MARK, instrument=ABOVE, price_ticks=70))
    lab.do(settle(mean))
    assert lab.cash(0) == START + 10 * (paid - 40) * USD - 10 * USD
    assert lab.cash(1) == START - 10 * (paid - 40) * USD - 10 * USD
    assert [lab.initial(account) for account in (0, 1)] == [0, 0]
    assert lab.core.position(0, ABOVE)[at.POSITION_REALISED_MICROS] == 10 * (paid - 40) * USD
    assert invariants.violations(lab.core) == []


def test_its_price_is_between_nothing_and_all() -> None:
    lab = market()
    assert lab.reason(submit(0, BUY, 101, 1, instrument=ABOVE)) == Reason.PRICE_ABOVE_BAND
    lab.trade(0, 1, 100, 1, ABOVE)
    assert lab.initial(1) == 60 * USD
    for price_ticks in (101, -1):
        mark = Command(CommandKind.MARK, instrument=ABOVE, price_ticks=price_ticks)
        assert lab.reason(mark) == Reason.INVALID_PRICE
    lab.trade(0, 1, 1, 1, ABOVE)
    assert lab.reason(submit(1, SELL, 0, 1, instrument=ABOVE)) == Reason.PRICE_BELOW_BAND
    assert invariants.violations(lab.core) == []


def test_it_is_marked_by_its_own_market_alone() -> None:
    lab = market()
    by_rule = Command(CommandKind.MARK, instrument=-1)
    lab.do(Command(CommandKind.PRINT_INDEX, amount_micros=3 * USD, text="h100_usd"))
    lab.do(by_rule)
    lab.do(Command(CommandKind.PRINT_INDEX, amount_micros=6 * USD, text="h100_usd"))
    rows = lab.do(by_rule)
    assert {row[at.EVENT_INSTRUMENT] for row in rows} == {0}
    lab.order(submit(0, BUY, 8, 1, instrument=ABOVE))
    lab.order(submit(1, SELL, 12, 1, instrument=ABOVE))
    rows = lab.do(by_rule)
    # 0.04 apart: narrow for what pays a dollar, whatever its mark is.
    told = [row[at.EVENT_PRICE_TICKS] for row in rows if row[at.EVENT_INSTRUMENT] == ABOVE]
    assert told == [10]
    assert {row[at.EVENT_TAG] for row in rows if row[at.EVENT_INSTRUMENT] == ABOVE} == {
        MarkRule.QUOTES
    }


@given(
    trades=st.lists(
        st.tuples(st.sampled_from([1, 20, 40, 77, 99]), st.integers(1, 5), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    marks=st.lists(st.integers(1, 100), max_size=6),
    above=st.booleans(),
)
def test_whoever_could_pay_for_it_is_never_called(
    trades: list[tuple[int, int, bool]], marks: list[int], above: bool
) -> None:
    """Whatever the marks and the end: equity stays at least the margin, and never below zero."""
    lab = Lab(spec(), binary(taker_fee_micros=0, maker_fee_micros=0), deposits=(900 * USD,) * 2)
    for price_ticks, lots, buys in trades:
        side = BUY if buys else SELL
        rested = lab.reason(submit(1, 1 - side, price_ticks, lots, instrument=ABOVE))
        if rested == Reason.NONE:
            lab.reason(submit(0, side, price_ticks, lots, instrument=ABOVE))
            lab.do(Command(CommandKind.CANCEL_ALL, 0, -1), Command(CommandKind.CANCEL_ALL, 1, -1))
    for mark_ticks in marks:
        lab.do(Command(CommandKind.MARK, instrument=ABOVE, price_ticks=mark_ticks))
        assert (lab.core.accounts[:2, at.ACCOUNT_STATUS] == AccountStatus.SOUND).all()
        assert invariants.violations(lab.core) == []
    lab.do(settle(3 * USD if above else 2 * USD))
    assert min(lab.cash(0), lab.cash(1)) >= 0
    assert lab.cash(0) + lab.cash(1) == 1_800 * USD
