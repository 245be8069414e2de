"""The mark rule: what gives a mark, in which order, and how it is told."""

from __future__ import annotations

from fractions import Fraction

import pytest

from exchange.core import layout as at
from exchange.core import mark_rule
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind
from exchange.core.mark_rule import SAMPLE_NS, WINDOW_NS, MarkRule
from tests.exchange.core.lab import BUY, SELL, USD, Lab, perpetual, spec, submit

MONTHS = ("GPU1-31DEC26", "GPU1-29JAN27", "GPU1-26FEB27", "GPU1-31MAR27")
DAY_NS = 86_400 * 10**9


def lab() -> Lab:
    return Lab(spec(), perpetual(), deposits=(10**7 * USD, 10**7 * USD))


def curve() -> Lab:
    """Four contract months ten days apart, marked at 300, 290, 280 and 270, the index at 3 $."""
    months = [
        spec(name, expiry_ns=4 * 10**18 + 10 * place * DAY_NS, reference_ticks=300 - 10 * place)
        for place, name in enumerate(MONTHS)
    ]
    market = Lab(*months, deposits=(10**8 * USD, 10**8 * USD))
    market.do(index(3_000_000))
    market.do(Command(CommandKind.MARK))
    return market


def index(micros: int) -> Command:
    return Command(CommandKind.PRINT_INDEX, amount_micros=micros, text="h100_usd")


def quote(market: Lab, instrument: int, bid: int, ask: int) -> None:
    market.do(
        submit(0, BUY, bid, 1, instrument=instrument),
        submit(0, SELL, ask, 1, instrument=instrument),
    )


def mark_of(market: Lab, instrument: int = 0) -> int:
    return int(market.core.instrument(instrument)[at.INSTRUMENT_MARK_TICKS])


def by_rule(market: Lab, instrument: int = 0) -> int:
    market.do(Command(CommandKind.MARK, instrument=instrument))
    return mark_of(market, instrument)


def rules(rows: list[list[int]]) -> dict[int, tuple[int, int]]:
    """Instrument -> mark and rule, as told."""
    return {
        row[at.EVENT_INSTRUMENT]: (row[at.EVENT_PRICE_TICKS], row[at.EVENT_TAG])
        for row in rows
        if row[at.EVENT_KIND] == EventKind.MARKED
    }


def test_trades_of_the_window_outvote_wide_quotes_by_their_size() -> None:
    market = lab()
    quote(market, 0, 285, 315)
    market.trade(0, 1, 304, 1)
    market.trade(0, 1, 310, 2)
    assert rules(market.do(Command(CommandKind.MARK))) == {0: (308, MarkRule.TRADES)}


def test_trades_count_for_one_window() -> None:
    market = lab()
    market.do(Command(CommandKind.MARK))
    market.trade(0, 1, 310, 1)
    market.ts_ns += SAMPLE_NS
    market.do(Command(CommandKind.MARK))
    market.ts_ns += WINDOW_NS // 2
    market.do(Command(CommandKind.MARK))
    market.trade(0, 1, 320, 1)
    assert by_rule(market) == 315
    market.ts_ns += WINDOW_NS * 3 // 4
    assert by_rule(market) == 320
    market.ts_ns += WINDOW_NS
    quote(market, 0, 311, 313)
    assert rules(market.do(Command(CommandKind.MARK))) == {0: (312, MarkRule.QUOTES)}


@pytest.mark.parametrize(
    ("bid", "ask", "mark"), [(300, 302, 302), (318, 320, 318), (305, 315, 310)]
)
def test_narrow_quotes_hold_the_mean_of_trades(bid: int, ask: int, mark: int) -> None:
    market = lab()
    market.trade(0, 1, 310, 5)
    quote(market, 0, bid, ask)
    assert by_rule(market) == mark


def test_between_marked_months_the_curve_moves_in_proportion_to_time() -> None:
    market = curve()
    for instrument, reference in ((0, 300), (3, 270)):
        quote(market, instrument, reference + 5, reference + 7)
    told = rules(market.do(Command(CommandKind.MARK)))
    # The first month rose by 6/300, the last by 6/270; a third and two thirds of the way lie between.
    first, last = Fraction(306, 300), Fraction(276, 270)
    expected = {
        place: (round((300 - 10 * place) * (first + (last - first) * place / 3)), MarkRule.CURVE)
        for place in (1, 2)
    }
    assert told == {0: (306, MarkRule.QUOTES), 3: (276, MarkRule.QUOTES), **expected}


def test_beyond_the_last_marked_month_the_curve_moves_as_that_one() -> None:
    market = curve()
    quote(market, 1, 318, 320)
    told = rules(market.do(Command(CommandKind.MARK)))
    assert told[1] == (319, MarkRule.QUOTES)
    assert {told[place] for place in (0, 2, 3)} == {
        (330, MarkRule.CURVE),
        (308, MarkRule.CURVE),
        (297, MarkRule.CURVE),
    }
    market.do(Command(CommandKind.CANCEL_ALL, 0, -1))
    # Nobody quotes now: all move with the index since each was last marked by the market.
    told = rules(market.do(index(3_300_000), Command(CommandKind.MARK)))
    assert told[1] == (351, MarkRule.INDEX)
    assert told.get(0, (330, MarkRule.INDEX)) == (330, MarkRule.INDEX)


def test_a_window_of_readings_stays_small() -> None:
    market = lab()
    for _ in range(400):
        market.ts_ns += WINDOW_NS // 200
        market.do(Command(CommandKind.MARK))
    assert 2 <= len(market.core.readings[0]) <= 33


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
    assert by_rule(market) == mark_rule.highest_ticks(market.core, 0) == 4_096
    market.do(index(1))
    assert by_rule(market) == mark_rule.lowest_ticks(market.core, 0) == 1
