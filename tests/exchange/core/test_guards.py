"""Day ends, self-trade groups and market-maker protection, set by command and kept in snapshots."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.core import invariants, snapshot
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.guards import ProtectionSpec
from exchange.core.layout import CommandKind, EventKind, Instruction, Reason
from matching.layout import Prevention
from tests.exchange.core.lab import BUY, SELL, USD, Lab, perpetual, spec, submit

PROTECTED = Instruction.PROTECTED


def protection(account: int = 0, **changes: Any) -> Command:
    """Five lots within 50 microseconds, frozen for 10."""
    terms = ProtectionSpec(
        family="GPU1",
        interval_ns=50_000,
        frozen_ns=10_000,
        qty_limit_lots=5,
        delta_limit_hours=0,
    )
    text = msgspec.json.encode(msgspec.structs.replace(terms, **changes)).decode()
    return Command(CommandKind.SET_PROTECTION, account, text=text)


def group(account: int, of: int) -> Command:
    return Command(CommandKind.SET_GROUP, account, qty_lots=of)


def day_end(ns: int, instrument: int = 0) -> Command:
    return Command(CommandKind.SET_DAY_END, instrument=instrument, amount_micros=ns)


def lab() -> Lab:
    return Lab(spec(), spec("GPU1-29JAN27"), perpetual(), deposits=(10**6 * USD,) * 3)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (day_end(5, 3), Reason.UNKNOWN_INSTRUMENT),
        (day_end(5, -1), Reason.UNKNOWN_INSTRUMENT),
        (day_end(0), Reason.INVALID_AMOUNT),
        (day_end((1 << 62) + 1), Reason.INVALID_AMOUNT),
        (group(3, 0), Reason.UNKNOWN_ACCOUNT),
        (group(0, 3), Reason.UNKNOWN_ACCOUNT),
        (group(-1, 0), Reason.UNKNOWN_ACCOUNT),
        (protection(3), Reason.UNKNOWN_ACCOUNT),
        (protection(family="GPU2"), Reason.UNKNOWN_INSTRUMENT),
        (protection(interval_ns=-1), Reason.INVALID_SPEC),
        (protection(frozen_ns=(1 << 62) + 1), Reason.INVALID_SPEC),
        (protection(qty_limit_lots=-1), Reason.INVALID_SPEC),
        (protection(delta_limit_hours=1 << 62), Reason.INVALID_SPEC),
        (Command(CommandKind.SET_PROTECTION, 0, text="{}"), Reason.INVALID_SPEC),
        (Command(CommandKind.SET_PROTECTION, 0, text=""), Reason.INVALID_SPEC),
    ],
)
def test_wrong_guards_change_nothing(command: Command, reason: Reason) -> None:
    market = lab()
    digest = market.timeless_digest
    assert market.reason(command) == reason
    assert market.timeless_digest == digest


def test_accounts_of_one_group_do_not_trade_with_each_other() -> None:
    market = lab()
    assert market.do(group(1, 0)) == []
    market.order(submit(1, SELL, 300, 2))
    market.order(submit(2, SELL, 300, 2))
    events = market.do(submit(0, BUY, 300, 2, prevention=Prevention.CANCEL_RESTING))
    assert [(row[at.EVENT_KIND], row[at.EVENT_ACCOUNT]) for row in events] == [
        (EventKind.ACCEPTED, 0),
        (EventKind.CANCELLED, 1),
        (EventKind.EXECUTED, 0),
    ]
    assert events[1][at.EVENT_TAG] == Reason.SELF_TRADE
    assert market.lots(1) == 0
    assert market.core.account(1)[at.ACCOUNT_ORDERS] == 0
    assert invariants.violations(market.core) == []


def test_protection_trips_over_a_whole_family_and_thaws_by_time() -> None:
    market = lab()
    quoted = submit(0, BUY, 299, 5, instructions=PROTECTED)
    assert market.reason(quoted) == Reason.UNPROTECTED
    market.do(protection())
    market.core = snapshot.restore(snapshot.take(market.core))
    market.order(quoted)
    market.order(quoted._replace(instrument=1, price_ticks=298))
    plain = market.order(submit(0, BUY, 297, 5))
    assert market.reason(quoted._replace(instrument=2, price_ticks=2_990)) == Reason.UNPROTECTED
    events = market.do(submit(1, SELL, 299, 5, tif=1))
    assert [(row[at.EVENT_KIND], row[at.EVENT_INSTRUMENT]) for row in events[1:]] == [
        (EventKind.EXECUTED, 0),
        (EventKind.PROTECTION_TRIPPED, 0),
        (EventKind.CANCELLED, 1),
    ]
    assert (events[2][at.EVENT_ACCOUNT], events[2][at.EVENT_TAG]) == (0, 0)
    assert events[3][at.EVENT_TAG] == Reason.PROTECTION
    assert market.core.books.order(plain) is not None
    assert market.reason(quoted) == Reason.FROZEN
    market.ts_ns += 10_000
    assert market.reason(quoted) == Reason.NONE
    assert invariants.violations(market.core) == []


def test_a_protection_can_be_taken_away() -> None:
    market = lab()
    market.do(protection())
    assert market.reason(submit(0, BUY, 299, 5, instructions=PROTECTED)) == Reason.NONE
    market.do(protection(interval_ns=0))
    refused = submit(0, BUY, 299, 5, instructions=PROTECTED)
    assert market.reason(refused) == Reason.UNPROTECTED
