"""Days counted from 1970-01-01, against the standard library's own count."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from marketdata.days import NS_PER_DAY, date_of, day_number, day_of


def test_known_days() -> None:
    assert date_of(0) == date(1970, 1, 1)
    assert day_number(date(2026, 11, 23)) == 20_780
    assert NS_PER_DAY == 24 * 3_600 * 10**9


@given(st.dates())
def test_a_date_and_its_number_name_each_other(day: date) -> None:
    assert day_number(day) == day.toordinal() - date(1970, 1, 1).toordinal()
    assert date_of(day_number(day)) == day


@given(st.integers(0, 4 * 10**9))
def test_an_instant_lies_in_its_utc_day(seconds: int) -> None:
    day = datetime.fromtimestamp(seconds, UTC).date()
    assert date_of(day_of(seconds * 10**9 + 999_999_999)) == day
