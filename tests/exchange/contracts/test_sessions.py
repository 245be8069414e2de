"""The session calendar on days that anyone can look up."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest

from exchange.contracts.calendar import local_day
from exchange.contracts.sessions import (
    day_end_ns,
    is_trading_day,
    longest_minutes,
    round_the_clock,
    state_at,
    trading_day,
)
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
    return round_the_clock(rulebook("GPU1"))


def rulebook(family: str) -> ContractSpec:
    return shipped(family)[0]


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
    perpetual = rulebook("H100")
    assert day_end_ns(perpetual, ns(2026, 11, 23, 22)) == ns(2026, 11, 24)


def test_a_day_belongs_to_its_place() -> None:
    assert local_day("America/Chicago", ns(2026, 11, 24, 5, 59)) == date(2026, 11, 23)
    assert local_day("America/Chicago", ns(2026, 11, 24, 6)) == date(2026, 11, 24)


GPU1_WEEK = [
    # The week of Thanksgiving 2026 in UTC; Chicago is six hours behind. Friday's session ends at 16:00.
    ((2026, 11, 20, 21, 59), State.OPEN),
    ((2026, 11, 20, 22, 0), State.CLOSED),
    ((2026, 11, 21, 12, 0), State.CLOSED),
    ((2026, 11, 22, 22, 44), State.CLOSED),
    # Sunday at 16:45 orders are collected for Monday, at 17:00 they meet.
    ((2026, 11, 22, 22, 45), State.PRE_OPEN),
    ((2026, 11, 22, 23, 0), State.OPEN),
    ((2026, 11, 23, 3, 0), State.OPEN),
    ((2026, 11, 23, 21, 59), State.OPEN),
    # The daily break of an hour.
    ((2026, 11, 23, 22, 0), State.CLOSED),
    ((2026, 11, 23, 22, 45), State.PRE_OPEN),
    ((2026, 11, 23, 23, 0), State.OPEN),
    # Wednesday's close is followed by Thanksgiving: Friday's session opens on Thursday evening.
    ((2026, 11, 25, 22, 0), State.CLOSED),
    ((2026, 11, 25, 23, 30), State.CLOSED),
    ((2026, 11, 26, 15, 0), State.CLOSED),
    ((2026, 11, 26, 22, 45), State.PRE_OPEN),
    ((2026, 11, 26, 23, 0), State.OPEN),
    ((2026, 11, 27, 21, 59), State.OPEN),
    ((2026, 11, 27, 22, 0), State.CLOSED),
]


@pytest.mark.parametrize(("moment", "state"), GPU1_WEEK)
def test_gpu1_trades_from_sunday_evening_to_friday_afternoon(
    moment: tuple[int, ...], state: State
) -> None:
    session = rulebook("GPU1").session
    assert session is not None
    assert state_at(session, ns(*moment)) == state


def test_an_overnight_session_ends_on_its_trading_day() -> None:
    spec = rulebook("GPU1")
    assert day_end_ns(spec, ns(2026, 11, 22, 23)) == ns(2026, 11, 23, 22)
    assert day_end_ns(spec, ns(2026, 11, 25, 22)) == ns(2026, 11, 27, 22)
    assert spec.session is not None
    monday = trading_day(spec.session, date(2026, 11, 23))
    assert monday == (ns(2026, 11, 22, 22, 45), ns(2026, 11, 22, 23), ns(2026, 11, 23, 22))


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 9), 48), (date(2026, 11, 2), 50)])
def test_clocks_that_change_on_sunday_morning_leave_sunday_evening_alone(
    day: date, hours: int
) -> None:
    session = rulebook("GPU1").session
    assert session is not None
    monday = trading_day(session, day)
    # Both ends lie after the change, so that the session has its 23 hours.
    assert monday.close_ns - monday.open_ns == 23 * 3_600 * NS
    before = trading_day(session, date.fromordinal(day.toordinal() - 3))
    # The weekend of 49 hours by the clock loses one in March and gains one in November.
    assert monday.open_ns - before.close_ns == hours * 3_600 * NS


@pytest.mark.parametrize("family", ["H100Q", "B200Q"])
def test_a_quarterly_is_open_but_for_its_daily_auction(family: str) -> None:
    session = rulebook(family).session
    assert session is not None
    states = [state_at(session, ns(2026, 11, 21) + minute * 60 * NS) for minute in range(1_440)]
    assert states.count(State.PRE_OPEN) == 5
    assert states.count(State.OPEN) == 1_435


def test_the_longest_day_is_told_by_the_clock() -> None:
    lengths = {spec.family: longest_minutes(spec.session) for spec in shipped() if spec.session}
    assert lengths["GPU1"] == 23 * 60 + 15
    assert lengths["H100Q"] == 24 * 60
    assert longest_minutes(CHICAGO) == 7 * 60 + 15


def test_round_the_clock_there_is_no_session() -> None:
    assert all(round_the_clock(spec).session is None for spec in shipped())
