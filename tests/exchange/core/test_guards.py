"""Day ends, self-trade groups and market-maker protection, set by command and kept in snapshots."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.core import invariants, snapshot
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.guards import ProtectionSpec, is_frozen, protection_row
from exchange.core.layout import CommandKind, EventKind, Instruction, Reason
from matching.layout import PROTECTION_COLUMNS, PROTECTION_FROZEN_UNTIL_NS, Prevention
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


def reset(account: int, family: str) -> Command:
    return Command(CommandKind.RESET_PROTECTION, account, text=family)


def prevention(account: int, mode: int) -> Command:
    return Command(CommandKind.SET_PREVENTION, account, qty_lots=mode)


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
        (prevention(3, 1), Reason.UNKNOWN_ACCOUNT),
        (prevention(-1, 1), Reason.UNKNOWN_ACCOUNT),
        (prevention(0, 5), Reason.INVALID_INSTRUCTION),
        (prevention(0, -1), Reason.INVALID_INSTRUCTION),
        (reset(3, "GPU1"), Reason.UNKNOWN_ACCOUNT),
        (reset(0, "GPU2"), Reason.UNKNOWN_INSTRUMENT),
        (reset(0, "GPU1"), Reason.UNPROTECTED),
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


def test_a_reset_ends_a_freeze_and_keeps_the_terms() -> None:
    market = lab()
    market.do(protection(frozen_ns=0))
    quoted = submit(0, BUY, 299, 5, instructions=PROTECTED)
    terms = protection_row(market.core, 0, 0)
    assert terms is not None
    market.order(quoted)
    market.do(submit(1, SELL, 299, 5, tif=1))
    market.ts_ns += 10**15
    assert market.reason(quoted) == Reason.FROZEN
    tripped = protection_row(market.core, 0, 0)
    assert tripped is not None
    assert is_frozen(tripped, market.ts_ns)
    assert market.do(reset(0, "GPU1")) == []
    assert protection_row(market.core, 0, 0) == terms
    assert not is_frozen(terms, market.ts_ns)
    assert market.reason(quoted) == Reason.NONE


def test_a_reset_lets_the_counts_begin_anew() -> None:
    market = lab()
    market.do(protection())
    for _ in range(2):
        market.order(submit(0, BUY, 299, 4, instructions=PROTECTED))
        events = market.do(submit(1, SELL, 299, 4, tif=1))
        assert EventKind.PROTECTION_TRIPPED not in {row[at.EVENT_KIND] for row in events}
        market.do(reset(0, "GPU1"))


def test_a_freeze_by_time_ends_at_its_nanosecond() -> None:
    row = [0] * PROTECTION_COLUMNS
    row[PROTECTION_FROZEN_UNTIL_NS] = 100
    assert is_frozen(row, 99)
    assert not is_frozen(row, 100)


def test_only_the_account_and_family_asked_for_have_the_protection() -> None:
    market = lab()
    market.do(protection(1), protection(0, family="H100"))
    assert protection_row(market.core, 0, 0) is None
    assert protection_row(market.core, 1, 2) is None
    assert protection_row(market.core, 0, 2) is not None
    market.do(protection(0, family="H100", interval_ns=0))
    assert protection_row(market.core, 0, 2) is None


def test_the_prevention_of_an_account_is_part_of_the_state() -> None:
    market = lab()
    digest = market.timeless_digest
    assert market.do(prevention(1, Prevention.DECREMENT)) == []
    assert market.timeless_digest != digest
    restored = snapshot.restore(snapshot.take(market.core))
    assert restored.preventions == {1: Prevention.DECREMENT}
    market.do(prevention(1, Prevention.NONE))
    assert market.timeless_digest == digest
