"""Open months and their last instants, through twelve years of days, leap years and changes of clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from exchange.contracts.calendar import ContractMonth
from exchange.contracts.months import (
    contract_hours,
    contract_months,
    expiry_ns,
    fixing_instants_ns,
    is_in_cycle,
    month_of_expiry,
)
from exchange.contracts.spec import shipped
from exchange.contracts.terms import Listing

FAMILIES = {spec.family: spec for spec in shipped()}
MONTHS = [ContractMonth(2024, 1).later(n) for n in range(12 * 13)]


def listing_of(family: str) -> Listing:
    found = FAMILIES[family].listing
    assert found is not None
    return found


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def test_hours_of_hpr_are_those_of_the_month() -> None:
    found = {month: contract_hours(FAMILIES["HPR"], month) for month in MONTHS}
    assert set(found.values()) == {672, 696, 720, 744}
    leap = [month.year for month, hours in found.items() if hours == 696]
    assert leap == [2024, 2028, 2032, 2036]
    for year in range(2024, 2037):
        total = sum(hours for month, hours in found.items() if month.year == year)
        assert total == (8784 if year in leap else 8760)
    assert {contract_hours(FAMILIES["GPU1"], month) for month in MONTHS} == {730}
    with pytest.raises(ValueError, match="legs"):
        contract_hours(FAMILIES["GPU1-FS"], MONTHS[0])


def test_the_last_instant_keeps_its_wall_time_over_changes_of_clocks() -> None:
    for family, clock, zone in (
        ("GPU1", (16, 0), "America/Chicago"),
        ("HPR", (16, 0), "America/New_York"),
        ("H100Q", (21, 0), "UTC"),
    ):
        rule = listing_of(family)
        hours = set()
        for month in MONTHS:
            end = datetime.fromtimestamp(expiry_ns(month, rule) // 10**9, UTC)
            local = end.astimezone(ZoneInfo(zone))
            assert (local.hour, local.minute) == clock
            assert month_of_expiry(expiry_ns(month, rule), rule) == month
            hours.add(end.hour)
        assert len(hours) == (1 if zone == "UTC" else 2)


def test_a_late_last_instant_belongs_to_the_month_of_its_place() -> None:
    # 23:00 in Chicago on 30 November is the first of December in UTC.
    late = msgspec.structs.replace(listing_of("GPU1"), last_trading_time="23:00")
    end_ns = expiry_ns(ContractMonth(2026, 11), late)
    assert end_ns == ns("2026-12-01T05:00:00")
    assert month_of_expiry(end_ns, late) == ContractMonth(2026, 11)


def test_open_months_are_the_next_ones_of_the_cycle() -> None:
    assert contract_months(listing_of("H100Q"), ns("2026-12-31T20:59:59")) == [
        *(ContractMonth(2026, 12), ContractMonth(2027, 3), ContractMonth(2027, 6))
    ]
    assert contract_months(listing_of("H100Q"), ns("2026-12-31T21:00:00"))[0] == (2027, 3)
    assert [month.month for month in MONTHS[:12] if is_in_cycle(month, listing_of("B200Q"))] == [
        *(3, 6, 9, 12)
    ]
    whole = contract_months(listing_of("GPU1"), ns("2026-11-21"), count=36)
    assert whole[0] == (2026, 11)
    assert whole[-1] == (2029, 10)
    assert contract_months(listing_of("GPU1"), ns("2026-11-21"), count=6) == whole[:6]


def test_fixings_are_taken_at_the_last_trading_time() -> None:
    instants = fixing_instants_ns(FAMILIES["GPU1"], ContractMonth(2026, 11))
    assert len(instants) == 20
    assert instants[0] == ns("2026-11-02T22:00:00")
    assert instants[-1] == expiry_ns(ContractMonth(2026, 11), listing_of("GPU1"))
    assert len(fixing_instants_ns(FAMILIES["HPR"], ContractMonth(2028, 2))) == 29
    assert fixing_instants_ns(FAMILIES["H100"], ContractMonth(2026, 11)) == []
