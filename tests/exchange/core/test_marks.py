"""The mark rule, its anchor, and what a new mark sets."""

from __future__ import annotations

import pytest

from exchange.core import layout as at
from exchange.core import marks
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Reason
from tests.exchange.core.lab import BUY, SELL, USD, Lab, perpetual, spec, submit


def lab() -> Lab:
    return Lab(spec(), perpetual(), deposits=(10**7 * USD,))


def index(micros: int) -> Command:
    return Command(CommandKind.PRINT_INDEX, amount_micros=micros, text="h100_usd")


def mark_of(market: Lab, instrument: int = 0) -> int:
    return int(market.core.instrument(instrument)[at.INSTRUMENT_MARK_TICKS])


def by_rule(market: Lab, instrument: int = 0) -> int:
    market.do(Command(CommandKind.MARK, instrument=instrument))
    return mark_of(market, instrument)


@pytest.mark.parametrize(
    ("bid", "ask", "mark"),
    [(298, 306, 302), (299, 302, 300), (295, 302, 299), (290, 305, 297 + 1), (290, 306, 300)],
)
def test_narrow_quotes_make_the_mark(bid: int, ask: int, mark: int) -> None:
    # An odd mid rounds towards the former mark of 300; 16 ticks are more than 5 % of it.
    market = lab()
    market.do(submit(0, BUY, bid, 1), submit(0, SELL, ask, 1))
    assert by_rule(market) == mark


def test_one_sided_quotes_do_not() -> None:
    market = lab()
    market.do(submit(0, BUY, 310, 1))
    assert by_rule(market) == 300


def test_without_quotes_the_mark_moves_with_the_index() -> None:
    market = lab()
    market.do(index(2_500_000))
    assert by_rule(market) == 300
    market.do(index(2_600_000))
    assert by_rule(market) == 312


def test_the_mark_comes_back_when_the_index_does() -> None:
    market = lab()
    market.do(index(2_500_000))
    by_rule(market)
    for _ in range(50):
        market.do(index(2_503_000))
        by_rule(market)
        market.do(index(2_500_000))
        assert by_rule(market) == 300


def test_quotes_that_confirm_a_mark_anchor_it_at_the_index_of_then() -> None:
    market = lab()
    market.do(index(2_000_000))
    by_rule(market)
    market.do(submit(0, BUY, 299, 1), submit(0, SELL, 301, 1), index(4_000_000))
    assert by_rule(market) == 300
    market.do(Command(CommandKind.CANCEL_ALL, 0, -1))
    assert by_rule(market) == 300
    market.do(index(4_400_000))
    assert by_rule(market) == 330


def test_a_perpetual_stays_near_its_index() -> None:
    market = lab()
    market.do(index(2_800_000))
    # 2.5 % around 2,800 ticks, although the former mark is 3,000.
    assert by_rule(market, 1) == 2_870
    market.do(index(3_200_000))
    assert 3_120 <= by_rule(market, 1) <= 3_280


def test_a_mark_stays_inside_the_domain() -> None:
    market = lab()
    market.do(index(1_000_000))
    by_rule(market)
    market.do(index(10**12))
    assert by_rule(market) == marks.highest_ticks(market.core, 0) == 4_096
    market.do(index(1))
    assert by_rule(market) == marks.lowest_ticks(market.core, 0) == 1


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
