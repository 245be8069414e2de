"""A token's value against a count of its days one by one, and its strip in lots."""

from __future__ import annotations

import datetime

import msgspec
import pytest

from clients.messages import Side
from clients.participants.lease_value import (
    MonthMarks,
    month_of,
    net_asset_value_micros,
    quarter_of,
    strip_lots,
)
from marketdata.messages import Instrument
from tests.clients.market import Market, listed
from tests.clients.participants.days import mark

DEC = datetime.date(2026, 12, 31)
TOKEN = "H100LEASE-31DEC26"
MONTHS = {
    "HPR-30OCT26": (2026, 10, 30),
    "HPR-30NOV26": (2026, 11, 30),
    "HPR-31DEC26": (2026, 12, 31),
}


def at_ns(year: int, month: int, day: int, hour: int = 21) -> int:
    at = datetime.datetime(year, month, day, hour, tzinfo=datetime.UTC)
    return int(at.timestamp()) * 10**9


def contract(name: str, expires: tuple[int, int, int], hours: int) -> Instrument:
    return msgspec.structs.replace(
        listed(name, 1, 1), expiry_ns=at_ns(*expires), contract_hours=hours, tick_micros=1_000
    )


def token_market() -> tuple[Market, Instrument]:
    """A token on the last quarter of 2026 and the futures of its months."""
    market = Market(index=2.5)
    token = contract(TOKEN, (2026, 12, 31), 2_190)
    market.view.instruments.clear()
    for name, expires in MONTHS.items():
        days = quarter_of(token.expiry_ns)[expires[:2]]
        market.view.instruments[name] = contract(name, expires, 24 * days)
    market.view.instruments[TOKEN] = token
    market.now_ns = at_ns(2026, 10, 5)
    return market, token


def test_quarters_cross_years_and_leap_days() -> None:
    assert quarter_of(at_ns(2028, 3, 31)) == {(2028, 1): 31, (2028, 2): 29, (2028, 3): 31}
    assert quarter_of(at_ns(2027, 1, 29)) == {(2026, 11): 30, (2026, 12): 31, (2027, 1): 31}
    assert month_of(at_ns(2026, 12, 31)) == (2026, 12)


def test_fair_value_is_the_mean_over_the_quarters_days() -> None:
    market, token = token_market()
    prices = {10: 2.60, 11: 2.50, 12: 2.30}
    for name, expires in MONTHS.items():
        mark(market, name, round(prices[expires[1]] * 1_000))
    marks = MonthMarks()
    marks.update(market.view, MONTHS, market.now_ns)
    first = datetime.date(2026, 10, 1)
    days = [first + datetime.timedelta(number) for number in range((DEC - first).days + 1)]
    wanted = sum(prices[day.month] for day in days) / len(days)
    fair = marks.fair_micros(token)
    assert fair == pytest.approx(wanted * 1e6)
    assert fair is not None
    # A year of 365 days at 10 %: 87 days and a quarter of an hour count exactly.
    years = (token.expiry_ns - market.now_ns) / (365 * 86_400e9)
    worth = net_asset_value_micros(fair, token, market.now_ns, 0.10)
    assert worth == pytest.approx(wanted * 1e6 * 2_190 / 1.1**years, abs=1)


def test_a_month_that_expired_keeps_its_last_mark() -> None:
    market, token = token_market()
    for name in MONTHS:
        mark(market, name, 2_400)
    marks = MonthMarks()
    marks.update(market.view, MONTHS, market.now_ns)
    for name in MONTHS:
        mark(market, name, 3_000)
    marks.update(market.view, MONTHS, at_ns(2026, 11, 2))
    assert marks[2026, 10] == 2_400_000
    assert marks.fair_micros(token) == pytest.approx((31 * 2.4 + 61 * 3.0) / 92 * 1e6)


def test_a_month_never_seen_counts_at_spot_or_not_at_all() -> None:
    market, token = token_market()
    mark(market, "HPR-30NOV26", 2_000)
    marks = MonthMarks()
    marks.update(market.view, MONTHS, market.now_ns)
    assert marks.fair_micros(token) is None
    assert marks.fair_micros(token, 2_500_000) == pytest.approx((30 * 2.0 + 62 * 2.5) / 92 * 1e6)


def test_what_the_strip_costs_and_fetches() -> None:
    market, token = token_market()
    for name, ticks in zip(MONTHS, (2_600, 2_500, 2_300), strict=True):
        mark(market, name, ticks)
    marks = MonthMarks()
    marks.update(market.view, MONTHS, market.now_ns)
    marked = (31 * 2.6 + 30 * 2.5 + 31 * 2.3) / 92 * 1e6
    seen = [marks.tradable_micros(token, market.view, MONTHS, side, market.now_ns) for side in Side]
    # Quotes stand a tick of a mill around each mark.
    assert seen == [pytest.approx(marked + 1_000), pytest.approx(marked - 1_000)]
    # October is over: it counts at its last mark, whatever its book shows.
    later = at_ns(2026, 11, 2)
    known = marks.tradable_micros(token, market.view, MONTHS, Side.BUY, later)
    assert known == pytest.approx(marked + 1_000 * 61 / 92)
    market.view.books.pop("HPR-31DEC26")
    assert marks.tradable_micros(token, market.view, MONTHS, Side.BUY, later) is None


def test_the_strip_offsets_the_hours_of_the_months_to_come() -> None:
    market, _ = token_market()
    # 100 tokens are 219,000 hours: 92 days of 24 hours take 99.2 lots of each month.
    assert strip_lots({TOKEN: 100}, market.view, MONTHS, market.now_ns) == dict.fromkeys(
        MONTHS, -99
    )
    later = strip_lots({TOKEN: -100}, market.view, MONTHS, at_ns(2026, 11, 2))
    assert later == {"HPR-30NOV26": 99, "HPR-31DEC26": 99}
    assert strip_lots({TOKEN: 0}, market.view, MONTHS, market.now_ns) == dict.fromkeys(MONTHS, 0)
