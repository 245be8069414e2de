"""Civil time against dates looked up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clients.civil import DailyClose, days_of, month_of_ns


def ns(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 10**9  # type: ignore[arg-type,misc]


def test_months_and_days() -> None:
    assert month_of_ns(ns(2028, 2, 29, 23, 59)) == (2028, 2)
    assert days_of("1970-01-02, 1971-01-01,") == {1, 365}
    assert days_of("") == frozenset()
    with pytest.raises(ValueError, match="isoformat"):
        days_of("soon")


def test_the_close_follows_the_clocks_of_its_zone() -> None:
    # Chicago went back an hour on 1 November 2026: 21:00 UTC before, 22:00 after.
    close = DailyClose("16:00", "America/Chicago")
    assert close.next_ns(ns(2026, 10, 31, 12)) == ns(2026, 10, 31, 21)
    assert close.next_ns(ns(2026, 10, 31, 21)) == ns(2026, 10, 31, 21)
    assert close.next_ns(ns(2026, 10, 31, 21) + 1) == ns(2026, 11, 1, 22)
    assert close.before_ns(ns(2026, 11, 1, 22)) == ns(2026, 10, 31, 21)
    late = DailyClose("23:30", "Asia/Tokyo")
    assert late.next_ns(ns(2026, 6, 1, 14, 31)) == ns(2026, 6, 2, 14, 30)


@pytest.mark.parametrize(("clock", "zone"), [("25:00", "UTC"), ("16:00", "Mars/Olympus")])
def test_what_does_not_exist_is_refused(clock: str, zone: str) -> None:
    with pytest.raises(ValueError, match="time_zone"):
        DailyClose(clock, zone)
