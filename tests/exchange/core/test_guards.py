"""Day ends, self-trade groups and market-maker protection, set by commands and seen in what follows."""

from __future__ import annotations

import msgspec
import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command, Conditions
from exchange.core.guards import ProtectionSpec
from exchange.core.layout import CommandKind, EventKind, Instruction, Reason
from matching.layout import Prevention, TimeInForce
from tests.exchange.core.lab import BUY, SELL, USD, Lab, perpetual, spec, submit

NS = 1_000_000_000


def lab() -> Lab:
    return Lab(spec(), perpetual(), deposits=(10**8 * USD,) * 3)


def protection(account: int = 0, **changes: object) -> Command:
    terms = ProtectionSpec(
        family="GPU1", interval_ns=NS, frozen_ns=0, qty_limit_lots=5, delta_limit_hours=0
    )
    text = msgspec.json.encode(msgspec.structs.replace(terms, **changes)).decode()
    return Command(CommandKind.SET_PROTECTION, account, text=text)


def test_day_orders_end_when_the_day_was_said_to_end() -> None:
    market = lab()
    day = submit(0, BUY, 290, 3, tif=TimeInForce.DAY)
    assert market.reason(day) == Reason.INVALID_EXPIRY
    end = Command(CommandKind.SET_DAY_END, instrument=0, amount_micros=market.ts_ns + 5_500)
    assert market.do(end) == []
    order_id = market.order(day)
    while market.ts_ns < end.amount_micros - 1_000:
        assert market.do(Command(CommandKind.ADVANCE)) == []
    ended = market.do(Command(CommandKind.ADVANCE))
    assert [row[at.EVENT_KIND] for row in ended] == [EventKind.CANCELLED]
    assert ended[0][at.EVENT_ORDER_ID] == order_id
    assert ended[0][at.EVENT_TAG] == Reason.ORDER_EXPIRED
    assert invariants.violations(market.core) == []


def test_an_order_ends_before_a_later_command_can_trade_with_it() -> None:
    market = lab()
    ends = Conditions(expiry_ns=market.ts_ns + 1_500)
    market.order(submit(0, BUY, 290, 3, tif=TimeInForce.GTD, conditions=ends))
    events = market.do(submit(1, SELL, 290, 3, tif=TimeInForce.IOC))
    kinds = [row[at.EVENT_KIND] for row in events]
    assert kinds == [EventKind.CANCELLED, EventKind.ACCEPTED, EventKind.CANCELLED]


def test_accounts_of_one_group_do_not_trade_with_one_another() -> None:
    market = lab()
    resting = market.order(submit(0, SELL, 300, 4))
    taker = submit(1, BUY, 300, 4, prevention=Prevention.CANCEL_RESTING)
    assert market.do(Command(CommandKind.SET_GROUP, 1, qty_lots=0)) == []
    events = market.do(taker)
    assert (events[1][at.EVENT_ORDER_ID], events[1][at.EVENT_TAG]) == (resting, Reason.SELF_TRADE)
    assert events[1][at.EVENT_ACCOUNT] == 0
    assert market.lots(0) == market.lots(1) == 0
    assert invariants.violations(market.core) == []


def test_a_breached_protection_takes_the_protected_quotes_of_the_family_away() -> None:
    market = lab()
    quote = submit(0, SELL, 300, 3, instructions=Instruction.PROTECTED)
    assert market.reason(quote) == Reason.UNPROTECTED
    assert market.do(protection()) == []
    market.order(quote)
    market.order(quote._replace(price_ticks=301))
    market.order(quote._replace(price_ticks=302))
    plain = market.order(submit(0, SELL, 303, 3))
    events = market.do(submit(1, BUY, 301, 6))
    tripped = [row for row in events if row[at.EVENT_KIND] == EventKind.PROTECTION_TRIPPED]
    assert len(tripped) == 1
    assert events[-1][at.EVENT_TAG] == Reason.PROTECTION
    assert [order[0] for order in market.core.books.orders(0, SELL)] == [plain]
    assert market.reason(quote) == Reason.FROZEN
    market.do(protection())
    market.order(quote)
    assert invariants.violations(market.core) == []


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (
            Command(CommandKind.SET_DAY_END, instrument=9, amount_micros=5),
            Reason.UNKNOWN_INSTRUMENT,
        ),
        (Command(CommandKind.SET_DAY_END, instrument=0), Reason.INVALID_AMOUNT),
        (
            Command(CommandKind.SET_DAY_END, instrument=0, amount_micros=(1 << 62) + 1),
            Reason.INVALID_AMOUNT,
        ),
        (Command(CommandKind.SET_GROUP, 0, qty_lots=3), Reason.UNKNOWN_ACCOUNT),
        (Command(CommandKind.SET_GROUP, -1, qty_lots=0), Reason.UNKNOWN_ACCOUNT),
        (protection(account=3), Reason.UNKNOWN_ACCOUNT),
        (protection(family="B200"), Reason.UNKNOWN_INSTRUMENT),
        (protection(interval_ns=-1), Reason.INVALID_SPEC),
        (protection(frozen_ns=(1 << 62) + 1), Reason.INVALID_SPEC),
        (protection(qty_limit_lots=-1), Reason.INVALID_SPEC),
        (Command(CommandKind.SET_PROTECTION, 0, text="no JSON"), Reason.INVALID_SPEC),
        (Command(CommandKind.SET_PROTECTION, 0, text="{}"), Reason.INVALID_SPEC),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(command: Command, reason: Reason) -> None:
    market = lab()
    before = market.timeless_digest
    assert market.reason(command) == reason
    assert market.timeless_digest == before
