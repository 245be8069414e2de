"""The dead-man timer from the gateway: what is told, what is due, and whose it is."""

from __future__ import annotations

import pytest

from exchange.core import invariants
from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.gateway.methods.desk import ALICE, BOB, FAR, Desk, refusal

NS_PER_MS = 1_000_000


def arm(desk: Desk, account: int, timeout_ms: int) -> int | None:
    """Return when the orders are to go."""
    now_ms = desk.ts_ns // NS_PER_MS
    answer = desk.call(account, "private/cancel_all_after", timeout_ms=timeout_ms)
    assert answer["timestamp"] == now_ms
    due: int | None = answer["cancel_timestamp"]
    assert due == (now_ms + timeout_ms if timeout_ms else None)
    return due


def keep(desk: Desk, at_ms: int) -> None:
    """Let the venue look at deadlines at a time."""
    desk.ts_ns = at_ms * NS_PER_MS - 1_000_003
    desk.apply([Command(CommandKind.KEEP_DEADLINES)])
    assert desk.ts_ns == at_ms * NS_PER_MS


def reasons(desk: Desk, account: int) -> list[str]:
    history = desk.call(
        account, "private/get_order_history_by_currency", currency="any", include_unfilled=True
    )
    return [order["cancel_reason"] for order in history]


def test_all_orders_of_the_account_go_when_it_falls_silent(desk: Desk) -> None:
    desk.buy(ALICE, 1, 2.7)
    desk.sell(ALICE, 1, 2.9, instrument_name=FAR)
    kept = desk.buy(BOB, 1, 2.7)
    due = arm(desk, ALICE, 5_000)
    assert due is not None
    keep(desk, due - 1)
    assert len(desk.call(ALICE, "private/get_open_orders")) == 2
    keep(desk, due)
    assert desk.call(ALICE, "private/get_open_orders") == []
    assert reasons(desk, ALICE) == ["deadline_passed"] * 2
    assert [o["order_id"] for o in desk.call(BOB, "private/get_open_orders")] == [kept["order_id"]]
    desk.buy(ALICE, 1, 2.7)
    keep(desk, due + 10**6)
    assert len(desk.call(ALICE, "private/get_open_orders")) == 1
    assert invariants.violations(desk.core) == []


def test_the_timer_is_set_anew_and_taken_away(desk: Desk) -> None:
    desk.buy(ALICE, 1, 2.7)
    first = arm(desk, ALICE, 2_000)
    second = arm(desk, ALICE, 60_000)
    assert first is not None
    assert second is not None
    keep(desk, first)
    assert len(desk.call(ALICE, "private/get_open_orders")) == 1
    assert arm(desk, ALICE, 0) is None
    keep(desk, second + 10**6)
    assert len(desk.call(ALICE, "private/get_open_orders")) == 1


@pytest.mark.parametrize("timeout_ms", [1, 999])
def test_a_timer_that_is_too_short_leaves_the_former_one(desk: Desk, timeout_ms: int) -> None:
    due = arm(desk, ALICE, 5_000)
    told = refusal(desk, ALICE, "private/cancel_all_after", timeout_ms=timeout_ms)
    assert told == (-32602, "timeout_ms", "must be 0 or at least 1000")
    assert due is not None
    assert desk.core.deadlines == {ALICE: due * NS_PER_MS}
