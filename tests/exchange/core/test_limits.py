"""An account's limit of live orders, raised and lowered while it has some."""

from __future__ import annotations

import pytest

from exchange.core.commands import Command
from exchange.core.layout import CommandKind, Reason
from matching.layout import MAX_ORDERS
from tests.exchange.core.lab import BUY, USD, Lab, reason_of, spec, submit


def limit(max_orders: int, account: int = 0) -> Command:
    return Command(CommandKind.SET_ACCOUNT_LIMITS, account, qty_lots=max_orders)


def test_it_decides_about_the_next_order_and_leaves_those_that_live() -> None:
    desk = Lab(spec(), deposits=(10**6 * USD,))
    desk.do(limit(2))
    for _ in range(2):
        assert reason_of(desk.do(submit(0, BUY, 290, 1))) == Reason.NONE
    assert reason_of(desk.do(submit(0, BUY, 290, 1))) == Reason.TOO_MANY_ORDERS
    desk.do(limit(1))
    assert desk.core.books.live == 2
    assert reason_of(desk.do(submit(0, BUY, 290, 1))) == Reason.TOO_MANY_ORDERS
    desk.do(limit(3))
    assert reason_of(desk.do(submit(0, BUY, 290, 1))) == Reason.NONE


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (limit(0), Reason.INVALID_QTY),
        (limit(-1), Reason.INVALID_QTY),
        (limit(MAX_ORDERS + 1), Reason.INVALID_QTY),
        (limit((1 << 63) - 1), Reason.INVALID_QTY),
        (limit(5, 1), Reason.UNKNOWN_ACCOUNT),
        (limit(5, -1), Reason.UNKNOWN_ACCOUNT),
    ],
)
def test_a_wrong_one_changes_nothing(command: Command, reason: Reason) -> None:
    desk = Lab(spec(), deposits=(10**6 * USD,))
    before = desk.timeless_digest
    assert reason_of(desk.do(command)) == reason
    assert desk.timeless_digest == before
