"""Every family's listing on each day of 2024 to 2036, against a calendar reckoned without any library."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from dateutil.easter import easter

from exchange.contracts.calendar import ContractMonth, business_days
from exchange.contracts.listing import instruments
from exchange.contracts.months import contract_months
from exchange.contracts.outrights import outrights
from exchange.contracts.spec import shipped
from exchange.core.instrument import InstrumentSpec

FAMILIES = {spec.family: spec for spec in shipped()}
FIRST, LAST = date(2024, 1, 1), date(2036, 12, 31)
PRICES = {"H100": 2_810_000, "B200": 5_870_000}
DAY = timedelta(days=1)

# Closed by proclamation, beside the rules: the day of mourning for President Carter.
EXTRAORDINARY = {date(2025, 1, 9)}


def nth(year: int, month: int, weekday: int, n: int) -> date:
    """The nth weekday of a month, from its end where n is negative."""
    days = [date(year, month, 1) + DAY * offset for offset in range(31)]
    found = [day for day in days if day.month == month and day.weekday() == weekday]
    return found[n - 1 if n > 0 else n]


def observed(day: date) -> date:
    """Saturday's holiday is kept on Friday, Sunday's on Monday."""
    return day + DAY * {5: -1, 6: 1}.get(day.weekday(), 0)


def closed_days(year: int) -> set[date]:
    """The holidays of the New York Stock Exchange by its Rule 7.2, written out."""
    new_year = date(year, 1, 1)
    days = {
        nth(year, 1, 0, 3),  # Martin Luther King Jr.
        nth(year, 2, 0, 3),  # Washington
        easter(year) - 2 * DAY,  # Good Friday
        nth(year, 5, 0, -1),  # Memorial
        observed(date(year, 6, 19)),
        observed(date(year, 7, 4)),
        nth(year, 9, 0, 1),  # Labor
        nth(year, 11, 3, 4),  # Thanksgiving
        observed(date(year, 12, 25)),
    }
    # A New Year's Day on a Saturday is not kept on the last day of the old year.
    if new_year.weekday() != 5:
        days.add(observed(new_year))
    return days | EXTRAORDINARY


CLOSED = {day for year in range(2024, 2041) for day in closed_days(year)}


def month_days(year: int, month: int) -> list[date]:
    start = date(year, month, 1)
    return [start + DAY * n for n in range(31) if (start + DAY * n).month == month]


@cache
def last_day(family: str, year: int, month: int) -> date:
    """The last trading day by the family's rule book."""
    days = month_days(year, month)
    if family in ("H100Q", "B200Q", "H100MEAN"):
        return days[-1]
    return [day for day in days if day.weekday() < 5 and day not in CLOSED][-1]


@cache
def utc_hour(family: str, day: date) -> int:
    """When trading ends in UTC: Chicago and New York keep summer time from March to November."""
    if family in ("H100Q", "B200Q"):
        return 21
    summer = nth(day.year, 3, 6, 2) <= day < nth(day.year, 11, 6, 1)
    return (22 if family in ("GPU1", "GPU2") else 21) - summer


def days() -> Iterator[tuple[date, int]]:
    """Each day with its noon in UTC nanoseconds."""
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + DAY * number
        yield day, ((day - date(1970, 1, 1)).days * 86_400 + 43_200) * 10**9


@cache
def open_months(family: str, day: date, count: int) -> list[date]:
    """The last trading days of the next months of the cycle, from a noon on."""
    months = (3, 6, 9, 12) if family in ("H100Q", "B200Q") else range(1, 13)
    found: list[date] = []
    year, month = day.year, day.month
    while len(found) < count:
        if month in months and last_day(family, year, month) >= day:
            found.append(last_day(family, year, month))
        year, month = year + month // 12, month % 12 + 1
    return found


def ends(listed: list[InstrumentSpec]) -> list[datetime]:
    return [datetime.fromtimestamp(each.expiry_ns // 10**9, UTC) for each in listed]


@pytest.mark.parametrize(
    ("family", "count"),
    [*(("GPU1", 6), ("GPU2", 6), ("HPR", 6), ("BKL", 6), ("H100Q", 3), ("B200Q", 3))],
)
def test_a_dated_family_lists_the_right_months_on_every_day(family: str, count: int) -> None:
    spec = FAMILIES[family]
    seen: dict[str, int] = {}
    for day, noon_ns in days():
        listed = list(outrights(spec, noon_ns, PRICES[spec.underlying]))
        wanted = open_months(family, day, count)
        assert [f"{family}-{end:%d%b%y}".upper() for end in wanted] == [x.name for x in listed]
        for each, end, last in zip(listed, ends(listed), wanted, strict=True):
            assert (end.date(), end.hour, end.minute) == (last, utc_hour(family, last), 0)
            # One name is one contract for ever.
            assert seen.setdefault(each.name, each.expiry_ns) == each.expiry_ns
            hours = 24 * len(month_days(last.year, last.month))
            assert each.contract_hours == (hours if family in ("HPR", "BKL") else 730)
    months = 12 * 13 if count == 6 else 4 * 13
    assert len(seen) == months + count - 1


def test_business_days_are_those_of_the_rules() -> None:
    for year in range(2024, 2037):
        for month in range(1, 13):
            wanted = [d for d in month_days(year, month) if d.weekday() < 5 and d not in CLOSED]
            assert business_days(ContractMonth(year, month), "XNYS") == wanted


def test_spreads_follow_the_listed_months_on_every_day() -> None:
    names: set[str] = set()
    wanted = {
        **{f"{leg}-FS": 3 for leg in ("GPU1", "GPU2", "HPR", "BKL")},
        **{"H100Q-FS": 2, "B200Q-FS": 2, "GPU1-GPU2": 3, "GPU1-HPR": 3},
    }
    legs = {leg for family in wanted for leg in FAMILIES[family].legs}
    specs = shipped(*legs, *wanted)
    for _, noon_ns in list(days())[::3]:
        listed = instruments(specs, noon_ns, PRICES)
        by_name = {each.name: each for each in listed}
        assert len(by_name) == len(listed) == 52
        found = dict.fromkeys(wanted, 0)
        for each in listed:
            if each.legs:
                bought, sold = (by_name[leg.instrument] for leg in each.legs)
                assert [leg.ratio for leg in each.legs] == [1, -1]
                assert each.expiry_ns == min(bought.expiry_ns, sold.expiry_ns) > noon_ns
                assert each.contract_hours == bought.contract_hours
                if each.family.endswith("-FS"):
                    assert sold.expiry_ns < bought.expiry_ns
                    assert each.name == f"{sold.family}-FS-{tail(bought)}_{tail(sold)}"
                found[each.family] += 1
                names.add(each.name)
        assert found == wanted
    # Each consecutive pair is listed at some time, and the spreads of a month.
    calendar = {name for name in names if name.startswith("GPU1-FS-")}
    assert len(calendar) == 12 * 13 + 2


def tail(spec: InstrumentSpec) -> str:
    return spec.name.rpartition("-")[2]


def test_binaries_of_two_months_stand_around_the_index_on_every_day() -> None:
    spec = FAMILIES["H100MEAN"]
    for number, (day, noon_ns) in enumerate(list(days())[::3]):
        price = 1_500_000 + 1_234 * (number % 1_500)
        listed = list(outrights(spec, noon_ns, price))
        assert len({each.name for each in listed}) == len(listed) == 10
        assert sorted({end.date() for end in ends(listed)}) == open_months("H100MEAN", day, 2)
        strikes = {each.strike_micros for each in listed}
        assert min(strikes) < price < max(strikes)
        assert all(1 <= each.reference_ticks <= 99 for each in listed)


@pytest.mark.parametrize(("family", "months"), [("GPU1", 36), ("HPR", 24)])
def test_the_whole_rule_book_can_be_listed(family: str, months: int) -> None:
    rule = FAMILIES[family].listing
    assert rule is not None
    for day, noon_ns in list(days())[::31]:
        found = contract_months(rule, noon_ns, rule.rule_months)
        assert len(found) == months
        wanted = open_months(family, day, months)
        assert [(month.year, month.month) for month in found] == [(w.year, w.month) for w in wanted]
