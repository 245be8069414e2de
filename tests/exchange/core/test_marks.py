"""The mark rule, its anchor, and what a new mark sets."""

from __future__ import annotations

import pytest

from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Reason
from tests.exchange.core.lab import USD, Lab, perpetual, spec


def lab() -> Lab:
    return Lab(spec(), perpetual(), deposits=(10**7 * USD,))


def index(micros: int) -> Command:
    return Command(CommandKind.PRINT_INDEX, amount_micros=micros, text="h100_usd")


def mark_of(market: Lab, instrument: int = 0) -> int:
    return int(market.core.instrument(instrument)[at.INSTRUMENT_MARK_TICKS])


def by_rule(market: Lab, instrument: int = 0) -> int:
    market.do(Command(CommandKind.MARK, instrument=instrument))
    return mark_of(market, instrument)


def test_a_mark_sets_rates_and_band() -> None:
    market = lab()
    market.do(Command(CommandKind.MARK, instrument=0, price_ticks=333))
    row = market.core.instrument(0)
    assert row[at.INSTRUMENT_INITIAL_MICROS] == 486_180_000  # 20 % of 333 × 7.30 $
    assert row[at.INSTRUMENT_MAINTENANCE_MICROS] == 364_635_000
    assert row[at.INSTRUMENT_BAND_LOW_TICKS] == 300
    assert row[at.INSTRUMENT_BAND_HIGH_TICKS] == 366


def test_marks_of_all_report_only_those_that_changed() -> None:
    market = lab()
    market.do(index(2_900_000))
    events = market.do(Command(CommandKind.MARK))
    assert [(row[at.EVENT_KIND], row[at.EVENT_INSTRUMENT]) for row in events] == [
        (EventKind.MARKED, 1)
    ]
    assert events[0][at.EVENT_PRICE_TICKS] == 2_972
    assert market.do(Command(CommandKind.MARK)) == []


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Command(CommandKind.MARK, instrument=2), Reason.UNKNOWN_INSTRUMENT),
        (Command(CommandKind.MARK, instrument=-2), Reason.UNKNOWN_INSTRUMENT),
        (Command(CommandKind.MARK, instrument=-1, price_ticks=300), Reason.INVALID_PRICE),
        (Command(CommandKind.MARK, instrument=0, price_ticks=-1), Reason.INVALID_PRICE),
        (Command(CommandKind.MARK, instrument=0, price_ticks=4_097), Reason.INVALID_PRICE),
    ],
)
def test_impossible_marks(command: Command, reason: Reason) -> None:
    market = lab()
    digest = market.timeless_digest
    assert market.reason(command) == reason
    assert market.timeless_digest == digest


def test_an_operators_mark_brings_the_breakers_range_along() -> None:
    market = Lab(
        spec(
            breaker_move_ppm=50_000,
            breaker_window_ns=10**12,
            breaker_pause_ns=10**9,
            breaker_max_extensions=2,
        ),
        deposits=(10**6 * USD, 10**6 * USD),
    )
    market.trade(0, 1, 300, 1)
    assert market.core.books.range_ticks(0) == (285, 315)
    market.do(Command(CommandKind.MARK, instrument=0, price_ticks=210))
    assert market.core.books.range_ticks(0) == (200, 220)
    market.trade(1, 0, 211, 1)
    assert market.core.instrument(0)[at.INSTRUMENT_STATE] == at.State.OPEN
    assert market.core.books.range_ticks(0) == (201, 221)


def test_a_mark_by_rule_leaves_the_breakers_range_where_the_trades_were() -> None:
    market = Lab(
        spec(
            breaker_move_ppm=50_000,
            breaker_window_ns=10**12,
            breaker_pause_ns=10**9,
            breaker_max_extensions=2,
        ),
        deposits=(10**6 * USD, 10**6 * USD),
    )
    market.trade(0, 1, 300, 1)
    market.do(index(3_000_000))
    market.do(index(3_300_000))
    by_rule(market)
    assert market.core.books.range_ticks(0) == (285, 315)
