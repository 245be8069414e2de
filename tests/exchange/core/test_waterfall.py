"""Layers: who pays first, pro rata to the micro-dollar, and what may go in and out."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import invariants, snapshot, waterfall
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.default_terms import PPM, DefaultTerms
from exchange.core.layout import AccountStatus, CommandKind, EventKind, Layer, Reason
from tests.exchange.core.lab import BUY, USD, Lab, opening, spec, submit


def fund(account: int, layer: int, micros: int) -> Command:
    return Command(CommandKind.FUND_LAYER, account, qty_lots=layer, amount_micros=micros)


def lab(accounts: int = 4) -> Lab:
    return Lab(spec(), deposits=(50_000 * USD,) * accounts)


def told(events: list[list[int]]) -> list[tuple[int, int, int, int]]:
    """Account, layer, whose share, micro-dollars."""
    return [
        (row[at.EVENT_ACCOUNT], row[at.EVENT_TAG], row[at.EVENT_RESTING_ACCOUNT], micros)
        for row in events
        if row[at.EVENT_KIND] == EventKind.LAYER_PAID
        for micros in [row[at.EVENT_RESTING_FEE_MICROS]]
    ]


@given(st.dictionaries(st.integers(0, 50), st.integers(1, 10**15), min_size=1), st.data())
def test_shares_are_pro_rata_exact_and_affordable(
    contributions: dict[int, int], chosen: st.DataObject
) -> None:
    total = sum(contributions.values())
    micros = chosen.draw(st.integers(0, total))
    shares = waterfall.shares_of(contributions, micros)
    assert sum(shares.values()) == micros
    for account, contribution in contributions.items():
        paid = shares.get(account, 0)
        assert paid <= contribution
        assert abs(paid - Fraction(micros * contribution, total)) < 1


def test_what_rounding_leaves_falls_on_the_lowest_numbers() -> None:
    assert waterfall.shares_of({3: 1, 1: 1, 2: 1}, 2) == {1: 1, 2: 1}
    assert waterfall.shares_of({7: 2, 4: 1}, 2) == {4: 1, 7: 1}


def test_layers_pay_in_order_and_only_as_far_as_they_reach() -> None:
    market = lab()
    market.do(
        fund(-1, Layer.INSURANCE, 100),
        fund(-1, Layer.HOUSE, 30),
        fund(0, Layer.DEFAULT_FUND, 20),
        fund(1, Layer.DEFAULT_FUND, 50),
        fund(2, Layer.DEFAULT_FUND, 25),
    )
    core = market.core
    assert waterfall.available_micros(core) == 225
    cash = [market.cash(account) for account in range(4)]
    row = [0] * at.COMMAND_COLUMNS
    first = waterfall.pay(core, row, 0, 40)
    assert told(first) == [(0, Layer.INSURANCE, -1, 40)]
    second = waterfall.pay(core, row, 0, 100)
    # 60 of the insurance, 20 of its own, 20 of the house.
    assert told(second) == [
        (0, Layer.INSURANCE, -1, 60),
        (0, Layer.CONTRIBUTION, 0, 20),
        (0, Layer.HOUSE, -1, 20),
    ]
    third = waterfall.pay(core, row, 0, 40)
    assert told(third) == [
        (0, Layer.HOUSE, -1, 10),
        (0, Layer.DEFAULT_FUND, 1, 20),
        (0, Layer.DEFAULT_FUND, 2, 10),
    ]
    assert core.contributions == {1: 30, 2: 15}
    fourth = waterfall.pay(core, row, 0, 1_000)
    assert [paid for *_, paid in told(fourth)] == [30, 15]
    assert waterfall.pay(core, row, 0, 1_000) == []
    assert waterfall.available_micros(core) == 0
    assert market.cash(0) == cash[0] + 225
    assert [market.cash(account) for account in (1, 2, 3)] == cash[1:]
    assert core.account(0)[at.ACCOUNT_RELIEF_MICROS] == 225 - 20
    assert invariants.violations(core) == []


def test_a_contribution_comes_out_of_free_cash_and_goes_back() -> None:
    market = lab()
    market.trade(0, 1, 300, 100)
    free = market.cash(0) - market.initial(0)
    digest = market.timeless_digest
    assert market.reason(fund(0, Layer.DEFAULT_FUND, free + 1)) == Reason.INSUFFICIENT_FUNDS
    assert market.timeless_digest == digest
    (row,) = market.do(fund(0, Layer.DEFAULT_FUND, free))
    assert row[at.EVENT_KIND] == EventKind.LAYER_FUNDED
    assert (row[at.EVENT_ACCOUNT], row[at.EVENT_TAG]) == (0, Layer.DEFAULT_FUND)
    assert row[at.EVENT_RESTING_FEE_MICROS] == free
    assert market.cash(0) == market.initial(0)
    assert market.core.contributions == {0: free}
    assert invariants.violations(market.core) == []
    assert snapshot.digest(snapshot.restore(snapshot.take(market.core))) == market.digest
    assert market.reason(fund(0, Layer.DEFAULT_FUND, -free - 1)) == Reason.INSUFFICIENT_FUNDS
    market.do(fund(0, Layer.DEFAULT_FUND, -free))
    assert market.core.contributions == {}
    assert market.core.account(0)[at.ACCOUNT_RELIEF_MICROS] == 0
    assert invariants.violations(market.core) == []


def test_the_house_s_money_counts_as_deposits() -> None:
    market = lab()
    deposits = int(market.core.venue[at.VENUE_DEPOSITS_MICROS])
    market.do(fund(-1, Layer.INSURANCE, 70), fund(-1, Layer.HOUSE, 9), fund(-1, Layer.HOUSE, -4))
    assert int(market.core.venue[at.VENUE_DEPOSITS_MICROS]) == deposits + 75
    assert invariants.violations(market.core) == []
    assert market.reason(fund(-1, Layer.HOUSE, -6)) == Reason.INSUFFICIENT_FUNDS


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (fund(4, Layer.DEFAULT_FUND, 1), Reason.UNKNOWN_ACCOUNT),
        (fund(-2, Layer.INSURANCE, 1), Reason.UNKNOWN_ACCOUNT),
        (fund(-1, Layer.INSURANCE, 0), Reason.INVALID_AMOUNT),
        (fund(-1, Layer.INSURANCE, 10**15 + 1), Reason.INVALID_AMOUNT),
        (fund(-1, Layer.INSURANCE, -(1 << 63)), Reason.INVALID_AMOUNT),
        (fund(-1, Layer.DEFAULT_FUND, 1), Reason.INVALID_SPEC),
        (fund(-1, Layer.CONTRIBUTION, 1), Reason.INVALID_SPEC),
        (fund(-1, 4, 1), Reason.INVALID_SPEC),
        (fund(0, Layer.INSURANCE, 1), Reason.INVALID_SPEC),
        (fund(-1, Layer.HOUSE, -1), Reason.INSUFFICIENT_FUNDS),
    ],
)
def test_a_wrong_funding_changes_nothing(command: Command, reason: Reason) -> None:
    market = lab()
    digest = market.timeless_digest
    assert market.reason(command) == reason
    assert market.timeless_digest == digest


def test_all_deposits_together_stay_in_bounds() -> None:
    market = Lab(spec())
    reasons = [market.reason(fund(-1, Layer.HOUSE, 10**15)) for _ in range(1_200)]
    taken = reasons.count(Reason.NONE)
    assert taken == (1 << 60) // 10**15
    assert set(reasons[taken:]) == {Reason.INVALID_AMOUNT}
    assert invariants.violations(market.core) == []


def test_contributors_are_firms_not_everyone() -> None:
    market = Lab(spec())
    count = waterfall.MAX_CONTRIBUTORS
    market.do(*(opening(f"firm {n}", 1_000) for n in range(count + 1)))
    market.do(*(fund(n, Layer.DEFAULT_FUND, 10) for n in range(count)))
    assert market.reason(fund(count, Layer.DEFAULT_FUND, 10)) == Reason.VENUE_FULL
    assert market.reason(fund(0, Layer.DEFAULT_FUND, 10)) == Reason.NONE


def test_nothing_leaves_a_layer_or_an_account_in_a_default() -> None:
    market = lab()
    market.do(fund(-1, Layer.INSURANCE, 100 * USD), fund(2, Layer.DEFAULT_FUND, 100 * USD))
    market.trade(0, 1, 300, 100)
    market.do(Command(CommandKind.MARK, instrument=0, price_ticks=250))
    assert market.reason(fund(0, Layer.DEFAULT_FUND, 1)) == Reason.ACCOUNT_NOT_SOUND
    assert market.reason(fund(-1, Layer.INSURANCE, -1)) == Reason.NONE
    market.do(Command(CommandKind.CLOSE_OUT, 0))
    assert waterfall.is_closing_out(market.core)
    assert market.reason(fund(-1, Layer.INSURANCE, -1)) == Reason.INSUFFICIENT_FUNDS
    assert market.reason(fund(2, Layer.DEFAULT_FUND, -1)) == Reason.INSUFFICIENT_FUNDS
    assert market.reason(fund(-1, Layer.INSURANCE, 1)) == Reason.NONE
    market.do(Command(CommandKind.TRANSFER, 0, amount_micros=10**5 * USD))
    assert market.reason(fund(2, Layer.DEFAULT_FUND, -1)) == Reason.NONE


@pytest.mark.parametrize(("bid_ticks", "paid_usd"), [(233, 0), (231, 370)])
def test_layers_pay_no_more_than_an_account_lacks_to_be_whole(
    bid_ticks: int, paid_usd: int
) -> None:
    """Two positions that offset each other need no margin, but have their share of the equity.

    It has 6,200 $ on 100 lots at 240, of which 24 of 54 stand behind them, and needs nothing without them:
    lots sold at 233 leave it whole before the last is; all at 231, 6,570 $, leave 370 $ missing.
    """
    free = {"maker_fee_micros": 0, "taker_fee_micros": 0}
    names = ("GPU1-31DEC26", "GPU1-29JAN27", "GPU1-26FEB27")
    market = Lab(*(spec(name, **free) for name in names), deposits=(50_000 * USD, 10**6 * USD))
    terms = DefaultTerms(slice_ppm=PPM, step_ns=1, patience_steps=0, deleveraging_steps=9)
    text = msgspec.json.encode(terms).decode()
    market.do(Command(CommandKind.SET_MARGIN_TERMS, text=text))
    market.do(fund(-1, Layer.INSURANCE, 10_000 * USD))
    market.trade(0, 1, 300, 50, 1)
    market.trade(1, 0, 300, 50, 2)
    market.trade(0, 1, 300, 100)
    market.do(Command(CommandKind.MARK, instrument=0, price_ticks=240))
    market.order(submit(1, BUY, bid_ticks, 100))
    paid = told(market.do(Command(CommandKind.CLOSE_OUT)))
    assert sum(micros for *_, micros in paid) == paid_usd * USD
    assert int(market.core.account(0)[at.ACCOUNT_STATUS]) == AccountStatus.SOUND
    assert invariants.violations(market.core) == []
