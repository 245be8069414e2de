"""Firms, accounts and sub-accounts, and cash that moves between them."""

from __future__ import annotations

import pytest

from exchange.core import hierarchy, invariants, snapshot
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import AccountStatus, CommandKind, EventKind, Reason
from tests.exchange.core.lab import BUY, USD, Lab, opening, spec, submit

INT64 = (1 << 63) - 1


def move(source: int, target: int, amount_micros: int) -> Command:
    return Command(CommandKind.MOVE, source, qty_lots=target, amount_micros=amount_micros)


def market() -> Lab:
    """Firm 0 with account 1, its sub-account 2 and account 4; firm 3."""
    return Lab(spec(), deposits=(10_000 * USD,) * 5, parents=(-1, 0, 1, -1, 0))


def test_who_belongs_to_whom() -> None:
    core = market().core
    assert [hierarchy.line_of(core, n) for n in range(5)] == [[0], [1, 0], [2, 1, 0], [3], [4, 0]]
    assert [hierarchy.firm_of(core, n) for n in range(5)] == [0, 0, 0, 3, 0]
    assert [hierarchy.below(core, n) for n in range(5)] == [[0, 1, 2, 4], [1, 2], [2], [3], [4]]
    restored = snapshot.restore(snapshot.take(core))
    assert restored.parents == [-1, 0, 1, -1, 0]
    restored.parents[4] = 3
    assert snapshot.digest(restored) != snapshot.digest(core)


def test_an_opening_says_whom_the_account_belongs_to() -> None:
    lab = market()
    told = lab.do(opening("sub", USD)._replace(instrument=4))
    assert (told[0][at.EVENT_ACCOUNT], told[0][at.EVENT_RESTING_ACCOUNT]) == (5, 4)
    digest = lab.timeless_digest
    # A sub-account has none of its own, and nobody belongs to himself.
    assert lab.reason(opening("deeper", USD)._replace(instrument=5)) == Reason.INVALID_SPEC
    assert lab.reason(opening("next", USD)._replace(instrument=6)) == Reason.UNKNOWN_ACCOUNT
    assert lab.reason(opening("odd", USD)._replace(instrument=-2)) == Reason.UNKNOWN_ACCOUNT
    assert lab.timeless_digest == digest


def test_a_dotted_name_says_whom_an_account_belongs_to_where_nothing_else_does() -> None:
    lab = Lab(spec())
    names = (
        "desk.early",
        "desk",
        "desk.one",
        "desk.one.two",
        "desk.one.two.three",
        "x.y",
        ".z",
        "a.",
    )
    lab.do(*(opening(name, USD) for name in names))
    lab.do(opening("desk.lent", USD)._replace(instrument=5))
    assert lab.core.parents == [-1, -1, 1, 2, -1, -1, -1, -1, 5]
    opened = [row for row in lab.events if row[at.EVENT_KIND] == EventKind.ACCOUNT_OPENED]
    told = {row[at.EVENT_ACCOUNT]: row[at.EVENT_RESTING_ACCOUNT] for row in opened}
    assert (told[2], told[3], told[8]) == (1, 2, 5)
    assert [hierarchy.firm_of(lab.core, n) for n in (2, 3, 8)] == [1, 1, 5]


def test_cash_moves_within_a_firm() -> None:
    lab = market()
    told = lab.do(move(2, 4, 2_500 * USD))
    assert [row[at.EVENT_KIND] for row in told] == [EventKind.CASH_MOVED]
    assert told[0][at.EVENT_RESTING_FEE_MICROS] == 2_500 * USD
    assert [lab.cash(n) // USD for n in range(5)] == [10_000, 10_000, 7_500, 10_000, 12_500]
    assert invariants.violations(lab.core) == []


def test_margin_stays_and_a_call_is_met_by_a_move() -> None:
    lab = market()
    lab.order(submit(1, BUY, 300, 20))  # 438 $ of initial margin a lot
    digest = lab.timeless_digest
    assert lab.reason(move(1, 2, 1_240 * USD + 1)) == Reason.INSUFFICIENT_FUNDS
    assert lab.timeless_digest == digest
    assert lab.reason(move(1, 2, 1_240 * USD)) == Reason.NONE
    lab.order(submit(3, 1, 300, 20))
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=280))
    assert lab.core.account(1)[at.ACCOUNT_STATUS] == AccountStatus.CALLED
    assert lab.reason(move(1, 2, 1)) == Reason.INSUFFICIENT_FUNDS
    told = lab.do(move(0, 1, 4_000 * USD))
    assert [row[at.EVENT_KIND] for row in told] == [EventKind.CASH_MOVED, EventKind.CALL_MET]
    assert invariants.violations(lab.core) == []


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (move(5, 0, 1), Reason.UNKNOWN_ACCOUNT),
        (move(0, -1, 1), Reason.UNKNOWN_ACCOUNT),
        (move(0, 1, 0), Reason.INVALID_AMOUNT),
        (move(0, 1, -1), Reason.INVALID_AMOUNT),
        (move(0, 1, INT64), Reason.INVALID_AMOUNT),
        (move(0, 1, -INT64 - 1), Reason.INVALID_AMOUNT),
        (move(0, 1, 10_000 * USD + 1), Reason.INSUFFICIENT_FUNDS),
        (move(0, 0, 1), Reason.SAME_ACCOUNT),
        (move(0, 3, 1), Reason.OTHER_FIRM),
        (move(3, 2, 1), Reason.OTHER_FIRM),
    ],
)
def test_a_bad_move_changes_nothing(command: Command, reason: Reason) -> None:
    lab = market()
    digest = lab.timeless_digest
    assert lab.reason(command) == reason
    assert lab.timeless_digest == digest
