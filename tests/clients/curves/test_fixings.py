"""Fixing times by the families' terms, and the record of what was seen."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec

from clients.curves.fixings import FixingCalendar, FixingRecord
from marketdata.days import NS_PER_DAY
from tests.clients.market import NEAR, listed


def ns(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) * 10**9


def test_gpu1_fixes_on_the_business_days_of_its_month() -> None:
    # Trading ends at 16:00 in Chicago, which is 22:00 UTC in winter. Thanksgiving 2026 is 26 November.
    gpu1 = msgspec.structs.replace(listed(NEAR, 1, 1), expiry_ns=ns(2026, 11, 30, 22))
    days = [
        datetime.fromtimestamp(each // 10**9, UTC) for each in FixingCalendar().instants_ns(gpu1)
    ]
    weekdays = [date(2026, 11, d) for d in range(1, 31) if date(2026, 11, d).weekday() < 5]
    assert [each.date() for each in days] == [d for d in weekdays if d != date(2026, 11, 26)]
    assert {each.hour for each in days} == {22}


def test_others_fix_at_expiry_and_perpetuals_never() -> None:
    odd = msgspec.structs.replace(listed(NEAR, 1, 1), family="MINE", expiry_ns=77)
    assert FixingCalendar([]).instants_ns(odd) == (77,)
    assert FixingCalendar().instants_ns(listed("H100-PERPETUAL", 3, 0, 1)) == ()


def test_the_last_price_before_a_fixing_is_known_and_a_silent_day_repeats_it() -> None:
    record = FixingRecord()
    for day, hour, price in ((1, 9, 100), (1, 20, 110), (2, 12, 120), (4, 1, 150)):
        record.see("i", price, day * NS_PER_DAY + hour * 3_600 * 10**9)
    instants = [day * NS_PER_DAY + 22 * 3_600 * 10**9 for day in range(6)]
    now_ns = 4 * NS_PER_DAY + 23 * 3_600 * 10**9
    record.see("i", 999, now_ns)
    assert record.known_micros("i", instants, now_ns, 90.0) == [90.0, 110, 120, 120, 150]
    assert record.known_micros("other", instants[:2], now_ns, 90.0) == [90.0, 90.0]
    assert record.known_micros("i", instants, NS_PER_DAY, 90.0) == [90.0]


def test_what_is_published_counts_before_what_was_seen() -> None:
    record = FixingRecord()
    record.see("i", 100, NS_PER_DAY)
    instants = [day * NS_PER_DAY + 22 * 3_600 * 10**9 for day in (0, 1, 2)]
    known = record.known_micros("i", instants, 3 * NS_PER_DAY, 90.0, {0: 70, 2: 130})
    assert known == [70, 100, 130]


def test_memory_is_bounded_and_keeps_the_last_month() -> None:
    record, hour_ns = FixingRecord(), 3_600 * 10**9
    for hour in range(5_000):
        record.see("i", hour, hour * hour_ns)
    assert len(record._hours["i"]) <= 2 * 24 * 95
    instants = [(5_000 - back) * hour_ns for back in (24 * 31, 1)]
    assert record.known_micros("i", instants, 5_000 * hour_ns, 0.0) == [
        5_000 - 24 * 31 - 1,
        4_998,
    ]
