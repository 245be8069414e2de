"""Calendars that cannot be kept are told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.contracts.calendar import ContractMonth, fixing_days
from exchange.contracts.calendar_checks import FEWEST_DAYS, faults
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec

FAMILIES = {spec.family: spec for spec in shipped()}


def changed(table: str, **values: Any) -> ContractSpec:
    spec = FAMILIES["GPU1"]
    return msgspec.structs.replace(
        spec, **{table: msgspec.structs.replace(getattr(spec, table), **values)}
    )


@pytest.mark.parametrize("spec", FAMILIES.values(), ids=FAMILIES)
def test_shipped_calendars_are_sound(spec: ContractSpec) -> None:
    assert list(faults(spec)) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (changed("listing", listed_months=37), "listing.listed_months"),
        (changed("listing", time_zone="Mars"), "listing.time_zone"),
        (changed("listing", calendar="NOWHERE"), "listing.calendar"),
        (changed("settlement", fewest_fixings=19), "settlement.fewest_fixings"),
        (changed("settlement", fixings="last_day", fewest_fixings=2), "settlement.fewest_fixings"),
        (changed("session", pre_open="15:59", open="16:30"), "session.open"),
        (changed("session", time_zone="America/Gotham"), "session.time_zone"),
        (changed("session", calendar="NOWHERE"), "session.calendar"),
    ],
)
def test_each_fault_is_told_once(wrong: ContractSpec, field: str) -> None:
    ((named, reason, advice),) = faults(wrong)
    assert named == field
    assert reason
    assert advice


def test_every_month_has_the_fewest_days() -> None:
    months = [ContractMonth(2010, 1).later(n) for n in range(12 * 50)]
    for fixings, fewest in FEWEST_DAYS.items():
        counts = {len(fixing_days(month, fixings, "last_business_day", "XNYS")) for month in months}
        assert min(counts) >= fewest
