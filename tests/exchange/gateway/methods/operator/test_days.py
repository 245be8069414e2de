"""The end of a day, by an operator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from exchange.core import layout as at
from tests.exchange.gateway.methods.desk import ALICE
from tests.exchange.gateway.methods.operator.control_room import ControlRoom


def day(room: ControlRoom, later: int = 0) -> str:
    return (
        (datetime.fromtimestamp(room.ts_ns / 1e9, UTC) + timedelta(days=later)).date().isoformat()
    )


def test_a_day_ends_once_with_a_statement_for_every_account(room: ControlRoom) -> None:
    room.do("transfer", account="alice", amount=5)
    result = room.do("day_roll", day=day(room))
    assert (result["day"], result["statements"]) == (day(room), 3)
    alice = room.views.journal.latest[ALICE]
    assert alice.closing_micros == int(room.core.account(ALICE)[at.ACCOUNT_CASH_MICROS])
    for wrong in (day(room), day(room, -1), day(room, 2)):
        refused = room.refused("day_roll", day=wrong)
        assert (refused["code"], refused["param"], refused["venue_reason"]) == (
            -32602,
            "day",
            "invalid_day",
        )
    room.do("day_roll", day=day(room, 1))


@pytest.mark.parametrize(
    "wrong", ["2026-02-30", "2026-13-01", "0000-01-01", "20261231", "tomorrow", "", 7]
)
def test_what_is_no_day_is_refused_before_it_is_logged(room: ControlRoom, wrong: object) -> None:
    refused = room.refused("day_roll", day=wrong)
    assert (refused["code"], refused["logged"]) == (-32602, False)
