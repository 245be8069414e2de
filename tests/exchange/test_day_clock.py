"""Days end with trading hours where a family has them, else at midnight UTC, and each once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest

from exchange.contracts import spec as contract_files
from exchange.contracts.sessions import round_the_clock
from exchange.contracts.terms import Session
from exchange.day_clock import DayClock, day_end_ns

SHIPPED = list(map(round_the_clock, contract_files.shipped()))
HOURS = Session(
    days="business_days",
    pre_open="08:00",
    open="09:00",
    close="16:00",
    time_zone="America/Chicago",
)
DATED = next(spec for spec in SHIPPED if not spec.perpetual)
EARLY = msgspec.structs.replace(DATED, session=msgspec.structs.replace(HOURS, close="15:00"))
LATE = msgspec.structs.replace(DATED, session=HOURS)


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("specs", "now", "end"),
    [
        (SHIPPED, "2026-11-20T23:59:59", "2026-11-21T00:00:00"),
        (SHIPPED, "2026-11-21T00:00:00", "2026-11-22T00:00:00"),
        ([LATE], "2026-11-20T12:00:00", "2026-11-20T22:00:00"),
        ([EARLY, LATE], "2026-11-20T12:00:00", "2026-11-20T22:00:00"),
        ([LATE], "2026-11-20T22:00:00", "2026-11-23T22:00:00"),
        ([LATE], "2026-07-01T12:00:00", "2026-07-01T21:00:00"),
    ],
)
def test_when_a_day_ends(specs: list, now: str, end: str) -> None:
    assert day_end_ns(specs, ns(now)) == ns(end)


def test_a_day_is_told_once() -> None:
    clock = DayClock([LATE], ns("2026-11-20T12:00:00"))
    assert clock.over(ns("2026-11-20T21:59:59")) is None
    assert clock.over(ns("2026-11-20T22:00:00")) == number(date(2026, 11, 20))
    assert clock.over(ns("2026-11-20T22:00:01")) is None


def test_midnight_belongs_to_the_day_that_it_ends() -> None:
    clock = DayClock(SHIPPED, ns("2026-12-31T20:00:00"))
    assert clock.over(ns("2027-01-01T00:00:00")) == number(date(2026, 12, 31))


def test_days_without_an_exchange_are_one() -> None:
    clock = DayClock(SHIPPED, ns("2026-11-20T12:00:00"))
    assert clock.over(ns("2026-11-24T12:00:00")) == number(date(2026, 11, 20))
    assert clock.over(ns("2026-11-24T12:00:01")) is None
    assert clock.over(ns("2026-11-25T00:00:01")) == number(date(2026, 11, 24))
