"""Walks as indices: what is due and when, and the gap of the transaction index."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest

from exchange.indices import default
from exchange.indices.fixing_times import fixing_time
from exchange.indices.index_source import Print, TransactionWalk, WalkSource
from exchange.indices.walk import IndexWalk
from marketdata.days import day_number

BROAD, TRANSACTION = fixing_time("h100_usd"), fixing_time("h100_tx_usd")
NS = 1_000_000_000


def ns(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) * NS


class Hours:
    """A price that tells its time: micro-dollars are hours since 1970."""

    def price_micros(self, ts_ns: int) -> int:
        return ts_ns // (3_600 * NS)


def test_the_month_that_a_market_begins_in_has_all_its_fixings() -> None:
    source = WalkSource({"h100_usd": Hours(), "h100_tx_usd": Hours()}, ns(2026, 11, 21))
    found = source.due(ns(2026, 11, 21), {})
    broad = [one for one in found if one.index_name == "h100_usd"]
    # The last week of October is there for days that are looked back for.
    days = [date(2026, 10, d) for d in (26, 27, 28, 29, 30)]
    days += [date(2026, 11, d) for d in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20)]
    assert [one.day for one in broad] == [day_number(day) for day in days]
    assert all(
        one.price_micros == Hours().price_micros(BROAD.instant_ns(day))
        for one, day in zip(broad, days, strict=True)
    )
    assert len(found) - len(broad) == 7 + 20
    # Once only; the next ones at their time.
    assert source.due(ns(2026, 11, 21), {}) == []
    at_ns = source.next_ns(ns(2026, 11, 21))
    assert at_ns == TRANSACTION.instant_ns(date(2026, 11, 21))
    assert source.due(at_ns - 1, {}) == []
    (one,) = source.due(at_ns, {})
    assert one == Print("h100_tx_usd", day_number(date(2026, 11, 21)), at_ns // (3_600 * NS))
    assert not source.is_awaited("h100_usd", one.day, at_ns)


def test_what_somebody_published_already_is_left_alone() -> None:
    day = day_number(date(2026, 11, 21))
    source = WalkSource({"h100_tx_usd": Hours()}, ns(2026, 11, 20))
    published = {("h100_tx_usd", day): (1, 1)}
    assert day not in {one.day for one in source.due(ns(2026, 11, 23), published)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_gap_moves_within_its_bounds(seed: int) -> None:
    rows = default.generate().rows
    start_ns = ns(2026, 11, 21)

    def walk(salt: int) -> IndexWalk:
        return IndexWalk("H100", rows, seed + salt, 3_600 * NS, start_ns=start_ns)

    broad = walk(0)
    both = TransactionWalk(broad, walk(100), gap=0.1, width=0.05)
    hours = [start_ns + hour * 3_600 * NS for hour in range(0, 365 * 24, 24)]
    gaps = [math.log(broad.price_micros(at) / both.price_micros(at)) for at in hours]
    assert gaps[0] == pytest.approx(0.1, abs=1e-6)
    assert all(0.05 - 1e-6 <= gap <= 0.15 + 1e-6 for gap in gaps)
    # A year of it is not a constant.
    assert max(gaps) - min(gaps) > 0.03
    with pytest.raises(ValueError, match="width 0"):
        TransactionWalk(broad, broad, width=0)
