"""Margin calls: told in the command that made them due, with a deadline, and over as soon as they are met."""

from __future__ import annotations

import pytest

from exchange.core import invariants, scenarios
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import AccountStatus, CommandKind, EventKind, Reason
from tests.exchange.core.lab import BUY, SELL, USD, Lab, reason_of, spec, submit

Row = list[int]


def mark(price_ticks: int) -> Command:
    return Command(CommandKind.MARK, instrument=0, price_ticks=price_ticks)


def transfer(amount_micros: int, account: int = 0) -> Command:
    return Command(CommandKind.TRANSFER, account, amount_micros=amount_micros)


def calls(rows: list[Row]) -> list[tuple[int, int]]:
    kinds = (EventKind.MARGIN_CALLED, EventKind.CALL_MET)
    return [
        (row[at.EVENT_KIND], row[at.EVENT_ACCOUNT]) for row in rows if row[at.EVENT_KIND] in kinds
    ]


def leveraged() -> Lab:
    """The buyer of 10 lots at 300 has 4,500 $; a lot needs 438 $ initially, 328.50 $ to be kept."""
    lab = Lab(spec(maker_fee_micros=0, taker_fee_micros=0), deposits=(4_500 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 10)
    return lab


def test_a_mark_calls_whom_it_takes_below_maintenance() -> None:
    lab = leveraged()
    lab.do(Command(CommandKind.SET_MARGIN_TERMS, amount_micros=3_600))
    # At 284 equity is 3,332 $ and maintenance 3,109.80 $; at 280 they are 3,040 $ and 3,066 $.
    assert calls(lab.do(mark(284))) == []
    rows = lab.do(mark(280))
    assert calls(rows) == [(EventKind.MARGIN_CALLED, 0)]
    told = rows[-1]
    assert told[at.EVENT_TAG] == lab.ts_ns + 3_600
    assert told[at.EVENT_RESTING_FEE_MICROS] == 26 * USD
    row = lab.core.account(0)
    assert row[at.ACCOUNT_STATUS] == AccountStatus.CALLED
    assert row[at.ACCOUNT_DEADLINE_NS] == told[at.EVENT_TAG]
    assert invariants.violations(lab.core) == []
    # It is told once, and only risk can be taken off.
    assert calls(lab.do(mark(279))) == []
    assert reason_of(lab.do(submit(0, BUY, 279, 1))) == Reason.INSUFFICIENT_MARGIN
    assert reason_of(lab.do(submit(0, SELL, 300, 1))) == Reason.NONE
    assert reason_of(lab.do(transfer(-1))) == Reason.INSUFFICIENT_FUNDS


@pytest.mark.parametrize("cure", [transfer(26 * USD), mark(281), submit(1, BUY, 280, 1)])
def test_a_deposit_a_mark_or_a_fill_meets_a_call(cure: Command) -> None:
    lab = leveraged()
    lab.do(mark(280))
    if cure.kind == CommandKind.SUBMIT:
        assert calls(lab.do(submit(0, SELL, 280, 1))) == []
    rows = lab.do(cure)
    assert calls(rows) == [(EventKind.CALL_MET, 0)]
    assert lab.core.account(0)[at.ACCOUNT_STATUS] == AccountStatus.SOUND
    assert lab.core.account(0)[at.ACCOUNT_DEADLINE_NS] == 0
    assert invariants.violations(lab.core) == []


def test_a_deposit_that_is_not_enough_leaves_the_call() -> None:
    lab = leveraged()
    lab.do(mark(280))
    assert calls(lab.do(transfer(26 * USD - 1))) == []
    assert lab.core.account(0)[at.ACCOUNT_STATUS] == AccountStatus.CALLED


def test_a_call_and_its_end_are_told_alike_however_a_batch_is_cut() -> None:
    def story(cuts: int) -> tuple[list[Row], str]:
        lab = Lab(
            spec(maintenance_margin_ppm=200_000), deposits=(13_500 * USD, 10**6 * USD, 10**6 * USD)
        )
        lab.trade(0, 1, 300, 30)
        lab.do(submit(2, BUY, 280, 1), submit(1, SELL, 281, 1))
        commands = [
            submit(0, SELL, 280, 1),
            mark(296),
            submit(1, BUY, 296, 2),
            submit(0, SELL, 296, 2),
        ]
        first = len(lab.events)
        if cuts:
            for command in commands:
                lab.do(command)
                lab.ts_ns -= 1_000
        else:
            lab.do(*commands)
        return lab.events[first:], lab.digest

    whole, cut = story(0), story(1)
    assert whole == cut
    assert calls(whole[0]) == [(EventKind.MARGIN_CALLED, 0), (EventKind.CALL_MET, 0)]


def test_a_thousand_accounts_are_called_by_one_mark_in_order_of_their_numbers() -> None:
    accounts = 1_000
    lab = Lab(
        spec(max_position_lots=10_000, maker_fee_micros=0, taker_fee_micros=0),
        deposits=(10**7 * USD, *([440 * USD] * accounts)),
    )
    for account in range(1, accounts + 1):
        lab.trade(account, 0, 300, 1)
    rows = lab.do(mark(270))
    expected = [(EventKind.MARGIN_CALLED, account) for account in range(1, accounts + 1)]
    assert calls(rows) == expected
    assert invariants.violations(lab.core) == []


def test_terms_out_of_bounds_change_nothing() -> None:
    lab = leveraged()
    before = lab.timeless_digest
    bad = Command(CommandKind.SET_MARGIN_TERMS, amount_micros=-1)
    assert reason_of(lab.do(bad)) == Reason.INVALID_AMOUNT
    assert lab.timeless_digest == before


def test_assessing_an_account_again_changes_nothing() -> None:
    lab = leveraged()
    before = lab.digest
    scenarios.assess(lab.core, 0)
    assert lab.digest == before
