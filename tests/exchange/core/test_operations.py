"""Accounts, transfers, listing, states, settlement and funding, with amounts by hand."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core import invariants, operations
from exchange.core import layout as at
from exchange.core import listing as listing_rules
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Reason, State
from tests.exchange.core.lab import (
    BUY,
    SELL,
    USD,
    Lab,
    listing,
    opening,
    perpetual,
    reason_of,
    spec,
    submit,
)

TICK = 7_300_000
INT64 = (1 << 63) - 1


def lab() -> Lab:
    return Lab(spec(), perpetual(), deposits=(10**6 * USD, 10**6 * USD))


def transfer(amount: int, account: int = 0) -> Command:
    return Command(CommandKind.TRANSFER, account, amount_micros=amount)


def settle(price: int, instrument: int = 0) -> Command:
    return Command(CommandKind.SETTLE, instrument=instrument, amount_micros=price)


def fund(payment: int, instrument: int = 1) -> Command:
    return Command(CommandKind.FUND, instrument=instrument, amount_micros=payment)


def state(value: int, instrument: int = 0) -> Command:
    return Command(CommandKind.SET_STATE, instrument=instrument, qty_lots=value)


def index(micros: int, name: str = "h100_usd") -> Command:
    return Command(CommandKind.PRINT_INDEX, amount_micros=micros, text=name)


REFUSED = [
    (opening("", 0), Reason.INVALID_SPEC),
    (opening("x" * 65, 0), Reason.INVALID_SPEC),
    (opening("line\nbreak", 0), Reason.INVALID_SPEC),
    (opening("new", 0, 0), Reason.INVALID_SPEC),
    (opening("account-0", 0), Reason.DUPLICATE_ACCOUNT),
    (opening("account-0", 0, 0), Reason.DUPLICATE_ACCOUNT),
    (opening("new", -1), Reason.INVALID_AMOUNT),
    (opening("account-0", 10**15 + 1), Reason.INVALID_AMOUNT),
    (transfer(1, 2), Reason.UNKNOWN_ACCOUNT),
    (transfer(0, -1), Reason.UNKNOWN_ACCOUNT),
    (transfer(0), Reason.INVALID_AMOUNT),
    (transfer(10**15 + 1), Reason.INVALID_AMOUNT),
    (transfer(INT64), Reason.INVALID_AMOUNT),
    (transfer(-INT64 - 1), Reason.INVALID_AMOUNT),
    (transfer(-(10**6) * USD - 1), Reason.INSUFFICIENT_FUNDS),
    (Command(CommandKind.LIST_INSTRUMENT, text="{"), Reason.INVALID_SPEC),
    (Command(CommandKind.LIST_INSTRUMENT, text=""), Reason.INVALID_SPEC),
    (Command(CommandKind.LIST_INSTRUMENT, text="[" * 100_000), Reason.INVALID_SPEC),
    (listing(spec()), Reason.DUPLICATE_INSTRUMENT),
    (listing(spec(levels=7)), Reason.DUPLICATE_INSTRUMENT),
    (listing(spec("A", max_position_lots=1 << 31, tick_micros=1 << 30)), Reason.INVALID_SPEC),
    (state(State.OPEN, 2), Reason.UNKNOWN_INSTRUMENT),
    (state(State.EXPIRED), Reason.INSTRUMENT_NOT_OPEN),
    (state(-1), Reason.INSTRUMENT_NOT_OPEN),
    (index(1, "b200_usd"), Reason.UNKNOWN_INSTRUMENT),
    (index(0), Reason.INVALID_AMOUNT),
    (index(10**12 + 1), Reason.INVALID_AMOUNT),
    (settle(3_000_000, 2), Reason.UNKNOWN_INSTRUMENT),
    (settle(0), Reason.INVALID_AMOUNT),
    (settle(3_000_000, 1), Reason.INVALID_AMOUNT),
    (fund(1, 0), Reason.UNKNOWN_INSTRUMENT),
    (fund(1, 9), Reason.UNKNOWN_INSTRUMENT),
    (fund(10**12 + 1), Reason.INVALID_AMOUNT),
    (fund(-INT64 - 1), Reason.INVALID_AMOUNT),
]


@pytest.mark.parametrize(("command", "reason"), REFUSED)
def test_bad_operations_change_nothing(command: Command, reason: Reason) -> None:
    market = lab()
    digest = market.timeless_digest
    assert market.reason(command) == reason
    assert market.timeless_digest == digest


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"family": "x" * 65},
        {"index": ""},
        {"tick_micros": 0},
        {"contract_hours": 0},
        {"contract_hours": 1 << 62},
        {"base_ticks": -1},
        {"levels": 4_097},
        {"levels": 0},
        {"levels": 1 << 19},
        {"reference_ticks": 0},
        {"reference_ticks": 4_097},
        {"maintenance_margin_ppm": 0},
        {"maintenance_margin_ppm": 200_001},
        {"initial_margin_ppm": 1_000_001},
        {"band_ppm": 0},
        {"max_order_lots": 0},
        {"max_order_lots": 1_001},
        {"max_position_lots": (1 << 31) + 1},
        {"maker_fee_micros": -1},
        {"taker_fee_micros": 1 << 62},
        {"expiry_ns": 0},
        {"perpetual": True},
        {"expiry_ns": 1 << 80},
        {"created_ns": -1},
    ],
)
def test_unsound_specs_are_refused(change: dict[str, Any]) -> None:
    market = lab()
    digest = market.timeless_digest
    assert market.reason(listing(spec(**{"name": "NEW", **change}))) == Reason.INVALID_SPEC
    assert market.timeless_digest == digest


def test_exposure_is_bounded_over_all_instruments() -> None:
    # Each of these is a quarter of what all may be together, and a little more.
    large: dict[str, Any] = {"max_position_lots": 1 << 31, "tick_micros": 32_768}
    terms = [spec(f"L{i}", contract_hours=1, **large) for i in range(5)]
    share = listing_rules.exposure_micros(terms[0])
    assert 3 * share <= listing_rules.MAX_EXPOSURE_MICROS < 4 * share
    market = Lab(*terms[:3])
    assert len(market.core.specs) == 3
    assert market.reason(listing(terms[3])) == Reason.VENUE_FULL
    market.do(settle(3_000_000))
    assert market.reason(listing(terms[4])) == Reason.NONE


def test_an_account_opens_with_its_deposit_in_one_command() -> None:
    market = lab()
    events = market.do(opening("carol", 7 * USD, 3))
    assert [row[at.EVENT_KIND] for row in events] == [
        EventKind.ACCOUNT_OPENED,
        EventKind.TRANSFERRED,
    ]
    assert market.core.account_numbers["carol"] == 2
    assert market.cash(2) == market.core.account(2)[at.ACCOUNT_DEPOSITS_MICROS] == 7 * USD
    assert len(market.do(opening("dave", 0))) == 1
    assert invariants.violations(market.core) == []


def test_withdrawals_stop_at_the_initial_margin() -> None:
    market = lab()
    market.order(submit(0, BUY, 300, 10))
    free = (10**6 - 4_380) * USD
    assert market.reason(transfer(-free - 1)) == Reason.INSUFFICIENT_FUNDS
    assert market.reason(transfer(-free)) == Reason.NONE
    assert market.cash(0) == market.initial(0) == 4_380 * USD
    assert market.core.venue[at.VENUE_DEPOSITS_MICROS] == (10**6 + 4_380) * USD


def test_settlement_pays_the_difference_to_the_last_mark() -> None:
    market = lab()
    market.trade(0, 1, 302, 10)
    market.order(submit(0, SELL, 320, 4))
    market.order(submit(1, BUY, 290, 5))
    cash = market.cash(0), market.cash(1)
    events = market.do(settle(3_123_456))
    assert [row[at.EVENT_KIND] for row in events] == [
        EventKind.CANCELLED,
        EventKind.CANCELLED,
        EventKind.SETTLED,
        EventKind.SETTLED,
        EventKind.STATE_CHANGED,
    ]
    assert {row[at.EVENT_TAG] for row in events[:2]} == {Reason.EXPIRED}
    # 3.123456 $ against the mark of 3.00 $ on ten lots of 730 hours.
    gain = (3_123_456 - 3_000_000) * 730 * 10
    assert (market.cash(0), market.cash(1)) == (cash[0] + gain, cash[1] - gain)
    row = market.core.position(0, 0).tolist()
    assert row[at.POSITION_LOTS] == row[at.POSITION_COST_TICKLOTS] == 0
    assert row[at.POSITION_REALISED_MICROS] == (3_123_456 - 3_020_000) * 730 * 10
    assert market.initial(0) == market.initial(1) == 0
    assert market.core.instrument(0)[at.INSTRUMENT_OPEN_INTEREST_LOTS] == 0
    assert invariants.violations(market.core) == []


def test_nothing_happens_to_an_expired_instrument_any_more() -> None:
    market = lab()
    market.do(settle(3_000_000))
    digest = market.timeless_digest
    for command in (
        settle(3_000_000),
        state(State.OPEN),
        submit(0, BUY, 300, 1),
        Command(CommandKind.MARK, instrument=0, price_ticks=310),
    ):
        assert market.reason(command) == Reason.INSTRUMENT_NOT_OPEN
    assert market.timeless_digest == digest
    assert market.reason(listing(spec())) == Reason.DUPLICATE_INSTRUMENT


def test_funding_goes_from_longs_to_shorts() -> None:
    market = lab()
    market.trade(0, 1, 3_000, 1_000, instrument=1)
    cash = market.cash(0), market.cash(1)
    (event,) = market.do(fund(30_000))
    assert event[at.EVENT_KIND] == EventKind.FUNDED
    assert event[at.EVENT_RESTING_FEE_MICROS] == 30_000
    assert (market.cash(0), market.cash(1)) == (cash[0] - 30 * USD, cash[1] + 30 * USD)
    market.do(fund(-30_000))
    assert (market.cash(0), market.cash(1)) == cash


def test_payments_that_no_balance_could_hold_are_refused() -> None:
    hours = 1 << 33
    terms = perpetual("P", contract_hours=hours, levels=4_096, max_position_lots=100)
    terms = spec("P", **{"tick_micros": 1, "contract_hours": hours, "max_position_lots": 1_000})
    flat = perpetual(
        "Q",
        tick_micros=1,
        contract_hours=hours,
        levels=4_096,
        max_order_lots=100,
        max_position_lots=100,
    )
    market = Lab(terms, flat)
    assert len(market.core.specs) == 2
    digest = market.timeless_digest
    # 10^12 micro-dollars times 2^33 hours is beyond 64 bits, even of a single lot.
    assert market.reason(settle(10**12)) == Reason.INVALID_AMOUNT
    assert market.reason(fund(10**12)) == Reason.INVALID_AMOUNT
    assert market.reason(fund(-(10**12))) == Reason.INVALID_AMOUNT
    assert market.timeless_digest == digest
    assert market.reason(settle(1_000)) == Reason.NONE


def test_states_change_and_are_told() -> None:
    market = lab()
    for value in (State.HALTED, State.CLOSED, State.PRE_OPEN, State.OPEN):
        (event,) = market.do(state(value))
        assert (event[at.EVENT_KIND], event[at.EVENT_TAG]) == (EventKind.STATE_CHANGED, value)
        assert market.core.instrument(0)[at.INSTRUMENT_STATE] == value


def test_an_index_is_printed_under_its_number() -> None:
    market = lab()
    market.do(listing(spec("B200", index="b200_usd")))
    (event,) = market.do(index(5_870_000, "b200_usd"))
    assert (event[at.EVENT_INSTRUMENT], event[at.EVENT_RESTING_FEE_MICROS]) == (1, 5_870_000)
    assert market.core.index_prices == {"b200_usd": 5_870_000}


def test_limits_on_the_numbers_of_accounts_and_instruments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    market = lab()
    monkeypatch.setattr(operations, "MAX_ACCOUNTS", 2)
    monkeypatch.setattr(listing_rules, "MAX_INSTRUMENTS", 2)
    assert market.reason(opening("carol", 0)) == Reason.VENUE_FULL
    assert market.reason(listing(spec("NEW"))) == Reason.VENUE_FULL
    assert reason_of(market.do(opening("account-1", 0))) == Reason.DUPLICATE_ACCOUNT


def test_deposits_of_all_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    market = lab()
    monkeypatch.setattr(operations, "MAX_CASH_MICROS", 2 * 10**6 * USD)
    assert market.reason(transfer(1)) == Reason.INVALID_AMOUNT
    assert market.reason(opening("carol", 1)) == Reason.INVALID_AMOUNT
    assert market.reason(transfer(-5)) == Reason.NONE
    assert market.reason(transfer(5, 1)) == Reason.NONE
