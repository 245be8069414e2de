"""The session calendar on days that anyone can look up."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest

from exchange.contracts.sessions import day_end_ns, is_trading_day, local_day, state_at
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec, Session
from matching.layout import State

NS = 1_000_000_000
CHICAGO = Session(
    days="business_days",
    pre_open="08:00",
    open="08:30",
    close="15:15",
    time_zone="America/Chicago",
)


def ns(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * NS  # type: ignore[arg-type]


def gpu1() -> ContractSpec:
    return next(spec for spec in shipped() if spec.family == "GPU1")


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        # Winter: Chicago is six hours behind UTC.
        ((2026, 11, 23, 13, 59), State.CLOSED),
        ((2026, 11, 23, 14, 0), State.PRE_OPEN),
        ((2026, 11, 23, 14, 29), State.PRE_OPEN),
        ((2026, 11, 23, 14, 30), State.OPEN),
        ((2026, 11, 23, 21, 14), State.OPEN),
        ((2026, 11, 23, 21, 15), State.CLOSED),
        # Summer: five hours.
        ((2026, 7, 6, 13, 30), State.OPEN),
        ((2026, 7, 6, 20, 15), State.CLOSED),
        # A Saturday, Thanksgiving, and the day after it.
        ((2026, 11, 21, 16, 0), State.CLOSED),
        ((2026, 11, 26, 16, 0), State.CLOSED),
        ((2026, 11, 27, 16, 0), State.OPEN),
    ],
)
def test_the_state_follows_the_clock_of_the_place(moment: tuple[int, ...], state: State) -> None:
    assert state_at(CHICAGO, ns(*moment)) == state


def test_every_day_is_a_trading_day_where_the_session_says_so() -> None:
    daily = msgspec.structs.replace(CHICAGO, days="all_days")
    assert is_trading_day(daily, date(2026, 11, 26))
    assert not is_trading_day(CHICAGO, date(2026, 11, 26))


def test_a_day_that_is_over_ends_with_the_next_trading_day() -> None:
    spec = msgspec.structs.replace(gpu1(), session=CHICAGO)
    assert day_end_ns(spec, ns(2026, 11, 25, 12)) == ns(2026, 11, 25, 21, 15)
    # Wednesday after the close: Thursday is Thanksgiving.
    assert day_end_ns(spec, ns(2026, 11, 25, 21, 15)) == ns(2026, 11, 27, 21, 15)


def test_round_the_clock_the_day_ends_at_the_daily_close_of_the_listing() -> None:
    assert day_end_ns(gpu1(), ns(2026, 11, 23, 21, 59)) == ns(2026, 11, 23, 22)
    assert day_end_ns(gpu1(), ns(2026, 11, 23, 22)) == ns(2026, 11, 24, 22)
    perpetual = next(spec for spec in shipped() if spec.perpetual)
    assert day_end_ns(perpetual, ns(2026, 11, 23, 22)) == ns(2026, 11, 24)


def test_a_day_belongs_to_its_place() -> None:
    assert local_day("America/Chicago", ns(2026, 11, 24, 5, 59)) == date(2026, 11, 23)
    assert local_day("America/Chicago", ns(2026, 11, 24, 6)) == date(2026, 11, 24)
