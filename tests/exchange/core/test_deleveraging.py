"""Auto-deleveraging: ranks by hand and against a naive formula, prices, and what counterparties can bear."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.default import due
from exchange.core.default_terms import DefaultTerms
from exchange.core.deleveraging import Ranking
from exchange.core.layout import AccountStatus, CommandKind, EventKind, Instruction, Layer
from exchange.core.ranking import rank
from tests.exchange.core.lab import BUY, SELL, USD, Lab, perpetual, spec, submit

FREE = {"maker_fee_micros": 0, "taker_fee_micros": 0}
AT_ONCE = DefaultTerms(step_ns=1, patience_steps=0, deleveraging_steps=0)
TICK = 7_300_000


def lab(*deposits_usd: int) -> Lab:
    market = Lab(
        spec(**FREE, band_ppm=1_000_000, max_position_lots=100_000, max_order_lots=100_000),
        perpetual(**FREE),
        deposits=tuple(usd * USD for usd in deposits_usd),
    )
    text = msgspec.json.encode(AT_ONCE).decode()
    market.do(Command(CommandKind.SET_MARGIN_TERMS, text=text))
    return market


def mark(market: Lab, ticks: int, instrument: int = 0) -> None:
    market.do(Command(CommandKind.MARK, instrument=instrument, price_ticks=ticks))


def deals(events: list[list[int]]) -> list[tuple[int, int, int, int, int]]:
    """Account, counterparty, side, price, lots of each DELEVERAGED row."""
    return [
        (
            row[at.EVENT_ACCOUNT],
            row[at.EVENT_RESTING_ACCOUNT],
            row[at.EVENT_SIDE],
            row[at.EVENT_PRICE_TICKS],
            row[at.EVENT_QTY_LOTS],
        )
        for row in events
        if row[at.EVENT_KIND] == EventKind.DELEVERAGED
    ]


def test_ranks_by_hand() -> None:
    # Shorts of 10 lots: at 400 with much equity, at 400 with little, at 200 with much, at 200 with little.
    market = lab(10**7, 10**5, 20_000, 10**5, 20_000)
    for seller, price in ((1, 400), (2, 400), (3, 200), (4, 200)):
        market.trade(0, seller, price, 10)
    mark(market, 240)
    scores = [rank(market.core, account, 0).score for account in range(1, 5)]
    value = 240 * 10 * 7.3
    won, lost = 160 / 400, -40 / 200
    expected = [
        won * value / (10**5 + 160 * 73),
        won * value / (20_000 + 160 * 73),
        lost / (value / (10**5 - 40 * 73)),
        lost / (value / (20_000 - 40 * 73)),
    ]
    assert [float(score) for score in scores] == pytest.approx(expected, rel=1e-12)
    assert Ranking().of(market.core, 0, longs=False) == [2, 1, 4, 3]
    assert Ranking().of(market.core, 0, longs=True) == [0]


def test_leverage_counts_only_the_equity_behind_the_position() -> None:
    market = lab(10**7, 10**5)
    market.trade(0, 1, 400, 10)
    alone = rank(market.core, 1, 0).score
    # As much standalone maintenance margin again: half the equity stands behind each.
    market.trade(0, 1, 3_000, 10 * 300 * 73 // 10 // 3, instrument=1)
    assert rank(market.core, 1, 0).score == 2 * alone


@given(st.lists(st.tuples(st.integers(150, 450), st.integers(1, 9)), min_size=2, max_size=8))
def test_the_order_is_that_of_the_formula_in_floats(shorts: list[tuple[int, int]]) -> None:
    market = lab(10**8, *(50_000 + 7_000 * n for n in range(len(shorts))))
    naive = {}
    for account, (price, lots) in enumerate(shorts, 1):
        market.trade(0, account, price, lots)
    mark(market, 299)
    for account, (price, lots) in enumerate(shorts, 1):
        pnl = (price - 299) / price
        leverage = 299 * lots * 7.3 / (market.cash(account) / USD)
        naive[account] = pnl * leverage if pnl > 0 else pnl / leverage
    order = Ranking().of(market.core, 0, longs=False)
    assert sorted(order) == sorted(naive)
    scores = [naive[account] for account in order]
    assert scores == pytest.approx(sorted(scores, reverse=True), rel=1e-9)


def test_equal_ranks_go_by_account_number_and_those_closed_out_come_last() -> None:
    market = lab(10**7, *[10**5] * 4)
    for account in (3, 1, 4, 2):
        market.trade(0, account, 400, 10)
    assert Ranking().of(market.core, 0, longs=False) == [1, 2, 3, 4]
    accounts = market.core.accounts
    accounts[2, at.ACCOUNT_STATUS] = AccountStatus.CLOSING_OUT
    assert Ranking().of(market.core, 0, longs=False) == [1, 3, 4, 2]
    accounts[4, at.ACCOUNT_CASH_MICROS] = -5
    assert Ranking().of(market.core, 0, longs=False) == [4, 1, 3, 2]
    assert rank(market.core, 4, 0) == (True, True, Fraction(0))


def test_a_defaulter_is_closed_at_its_bankruptcy_price_without_touching_third_parties() -> None:
    market = lab(60_000, 10**6, 10**6, 10**6)
    market.trade(0, 1, 320, 40)
    market.trade(0, 2, 310, 60)
    market.trade(3, 2, 310, 5)
    mark(market, 250)
    # 60,000 - 7.30 x (40 x 70 + 60 x 60) = 13,280 $: 18 ticks of 100 lots leave 140 $.
    assert market.cash(0) == 13_280 * USD
    cash = [market.cash(account) for account in range(4)]
    events = market.do(Command(CommandKind.CLOSE_OUT))
    # Account 2 has the smaller profit a lot, but more leverage.
    assert deals(events) == [
        (0, 2, SELL, 232, 65),
        (2, 0, BUY, 232, 65),
        (0, 1, SELL, 232, 35),
        (1, 0, BUY, 232, 35),
    ]
    assert [market.lots(account) for account in range(4)] == [0, -5, 0, 5]
    assert market.cash(0) == 140 * USD
    assert market.cash(1) == cash[1] + 18 * 35 * TICK
    assert market.cash(2) == cash[2] + 18 * 65 * TICK
    assert market.cash(3) == cash[3]
    assert events[-1][at.EVENT_KIND] == EventKind.CALL_MET
    assert market.core.instrument(0)[at.INSTRUMENT_OPEN_INTEREST_LOTS] == 5
    assert invariants.violations(market.core) == []


def test_no_counterparty_is_taken_below_zero_and_layers_pay_the_debt_when_they_can() -> None:
    market = lab(5_000, 2_200, 10**6)
    market.trade(0, 2, 300, 10)
    mark(market, 150)
    # The rich one hands its short over at the mark.
    market.trade(2, 1, 150, 10)
    assert market.cash(0) == (5_000 - 150 * 73) * USD
    events = market.do(Command(CommandKind.CLOSE_OUT, 0))
    # The bankruptcy price is 82 ticks above the mark, the counterparty has 30.1 ticks.
    assert deals(events) == [(0, 1, SELL, 180, 10), (1, 0, BUY, 180, 10)]
    assert market.cash(1) == 10 * USD
    assert market.cash(0) == -3_760 * USD
    assert market.core.account(0)[at.ACCOUNT_STATUS] == AccountStatus.CLOSING_OUT
    assert invariants.violations(market.core) == []
    assert due(market.core, market.ts_ns + 10) == []
    fund = Command(CommandKind.FUND_LAYER, -1, qty_lots=Layer.HOUSE, amount_micros=1_000 * USD)
    market.do(fund)
    assert due(market.core, market.ts_ns + 10) == [0]
    market.do(Command(CommandKind.CLOSE_OUT))
    assert market.cash(0) == -2_760 * USD
    market.do(*[fund] * 3)
    events = market.do(Command(CommandKind.CLOSE_OUT))
    assert [row[at.EVENT_KIND] for row in events] == [EventKind.LAYER_PAID, EventKind.CALL_MET]
    assert market.cash(0) == 0
    assert market.core.venue[at.VENUE_HOUSE_MICROS] == 240 * USD
    assert invariants.violations(market.core) == []


def test_where_only_accounts_in_default_are_left_they_close_each_other() -> None:
    market = lab(50_000, 50_000, 10**6)
    market.trade(0, 1, 300, 100)
    market.trade(1, 2, 3_000, 100_000, instrument=1)
    market.trade(2, 0, 3_000, 100_000, instrument=1)
    mark(market, 5_000, instrument=1)
    mark(market, 290)
    market.do(Command(CommandKind.TRANSFER, 1, amount_micros=-market.cash(1) + market.initial(1)))
    mark(market, 4_000, instrument=1)
    statuses = market.core.accounts[:2, at.ACCOUNT_STATUS].tolist()
    assert statuses == [AccountStatus.CALLED] * 2
    debts = [-market.cash(account) for account in range(2)]
    assert min(debts) > 0
    assert len(deals(market.do(Command(CommandKind.CLOSE_OUT)))) == 4
    # Neither can bear a price beyond the mark.
    assert [-market.cash(account) for account in range(2)] == debts
    assert not market.core.positions[:2, :, at.POSITION_LOTS].any()
    assert invariants.violations(market.core) == []
    market.do(Command(CommandKind.FUND_LAYER, -1, qty_lots=0, amount_micros=sum(debts)))
    market.do(Command(CommandKind.CLOSE_OUT))
    assert market.core.venue[at.VENUE_INSURANCE_MICROS] == 0
    assert invariants.violations(market.core) == []
    assert market.core.accounts[:2, at.ACCOUNT_STATUS].tolist() == [AccountStatus.SOUND] * 2


def test_reduce_only_orders_of_the_counterparty_shrink_and_its_others_stay() -> None:
    market = lab(50_000, 10**6)
    market.trade(0, 1, 300, 100)
    reducing = market.order(submit(1, BUY, 100, 80, instructions=Instruction.REDUCE_ONLY))
    plain = market.order(submit(1, BUY, 101, 7))
    mark(market, 230)
    assert market.cash(0) == -1_100 * USD
    market.do(Command(CommandKind.FUND_LAYER, -1, qty_lots=Layer.INSURANCE, amount_micros=USD))
    market.do(Command(CommandKind.CLOSE_OUT))
    assert market.lots(1) == 0
    assert market.core.books.order(reducing) is None
    order = market.core.books.order(plain)
    assert order is not None
    assert order.leaves_lots == 7
    assert invariants.violations(market.core) == []


def test_sums_at_the_bounds_of_cash_stay_exact() -> None:
    market = lab(10**9, 10**9)
    for _ in range(10):
        market.trade(0, 1, 3_000, 100_000, instrument=1)
    for _ in range(4):
        market.do(Command(CommandKind.FUND, instrument=1, amount_micros=10**12))
    assert market.cash(0) == -4 * 10**18 + 10**15
    assert invariants.violations(market.core) == []
    events = market.do(Command(CommandKind.CLOSE_OUT))
    assert len(deals(events)) == 2
    assert market.cash(0) >= 0
    assert market.cash(0) + market.cash(1) == 2 * 10**9 * USD
    assert invariants.violations(market.core) == []
