"""Listing: names, months and expiries against the rule book's dates, through every day of two years."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from exchange.contracts.listing import instruments
from exchange.contracts.months import contract_hours, contract_months, expiry_ns
from exchange.contracts.problems import ContractError
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec, Listing

GPU1, PERPETUAL = shipped("GPU1", "H100")
PRICES = {"H100": 2_810_000}


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def listing_of(spec: ContractSpec) -> Listing:
    assert spec.listing is not None
    return spec.listing


def names(at: str, spec: ContractSpec = GPU1) -> list[str]:
    return [each.name for each in instruments([spec], ns(at), PRICES)]


def test_lists_the_next_six_contract_months() -> None:
    assert names("2026-11-21") == [
        "GPU1-30NOV26",
        "GPU1-31DEC26",
        "GPU1-29JAN27",
        "GPU1-26FEB27",
        "GPU1-31MAR27",
        "GPU1-30APR27",
    ]


def test_the_current_month_counts_until_its_last_trading_instant() -> None:
    assert names("2026-11-30T21:59:59")[0] == "GPU1-30NOV26"
    assert names("2026-11-30T22:00:00")[0] == "GPU1-31DEC26"
    assert names("2026-11-30T22:00:00")[-1] == "GPU1-28MAY27"


def test_the_month_is_the_exchange_s_own_at_the_turn_of_the_month() -> None:
    late = msgspec.structs.replace(
        listing_of(GPU1), last_trading_day="last_day", last_trading_time="23:00"
    )
    spec = msgspec.structs.replace(GPU1, listing=late)
    assert names("2026-12-01T04:59:59", spec)[0] == "GPU1-30NOV26"
    assert names("2026-12-01T05:00:00", spec)[0] == "GPU1-31DEC26"


def test_every_day_lists_six_open_consecutive_months() -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    seen: dict[str, int] = {}
    for _ in range(731):
        at_ns = int(day.timestamp()) * 10**9
        listed = instruments([GPU1], at_ns, PRICES)
        assert len(listed) == len({each.name for each in listed}) == 6
        months = contract_months(listing_of(GPU1), at_ns)
        assert [month.later(1) for month in months[:-1]] == months[1:]
        for each in listed:
            assert at_ns < each.expiry_ns
            assert seen.setdefault(each.name, each.expiry_ns) == each.expiry_ns
            end = datetime.fromtimestamp(each.expiry_ns // 10**9, UTC)
            assert each.name == f"GPU1-{end:%d%b%y}".upper()
            assert (end.hour, end.minute) in {(21, 0), (22, 0)}
        day += timedelta(days=1)
    assert len(seen) == 24 + 6


def test_quarterly_cycle() -> None:
    quarterly = msgspec.structs.replace(listing_of(GPU1), cycle="quarterly", listed_months=3)
    spec = msgspec.structs.replace(GPU1, listing=quarterly)
    assert names("2026-11-21", spec) == ["GPU1-31DEC26", "GPU1-31MAR27", "GPU1-30JUN27"]


def test_hours_of_the_contract_month() -> None:
    monthly = msgspec.structs.replace(
        GPU1, contract=msgspec.structs.replace(GPU1.contract, hours="month")
    )
    found = instruments([monthly], ns("2026-11-21"), PRICES)
    assert [each.contract_hours for each in found] == [720, 744, 744, 672, 744, 720]
    months = contract_months(listing_of(GPU1), ns("2026-11-21"))
    assert {contract_hours(GPU1, month) for month in months} == {730}


def test_terms_of_a_dated_instrument() -> None:
    found = instruments([GPU1], ns("2026-11-21"), PRICES)
    near, deferred = found[0], found[1]
    assert near.tick_value_micros == 7_300_000
    assert (near.family, near.underlying, near.index) == ("GPU1", "H100", "h100_usd")
    assert (near.initial_margin_ppm, near.maintenance_margin_ppm) == (200_000, 150_000)
    assert (near.maker_fee_micros, near.taker_fee_micros) == (5_500_000, 5_500_000)
    assert (near.reportable_lots, near.family_accountability_lots) == (25, 22_500)
    assert (near.max_order_micros, near.accountability_lots) == (0, 0)
    assert (near.settlement_fee_micros, near.block_minimum_lots) == (1_350_000, 5)
    assert (near.band_ppm, near.max_order_lots) == (100_000, 2_500)
    # Inside the contract month the venue steps the limit down: see exchange.risk_terms.
    assert (near.max_position_lots, deferred.max_position_lots) == (15_000, 15_000)
    assert near.expiry_ns == ns("2026-11-30T22:00:00")
    assert near.created_ns == ns("2026-11-21")
    assert not near.perpetual


def test_the_price_domain_covers_the_highest_price_in_whole_steps() -> None:
    for each in instruments([GPU1, PERPETUAL], ns("2026-11-21"), PRICES):
        assert each.levels % 4096 == 0
        top_micros = (each.base_ticks + each.levels - 1) * each.tick_micros
        assert 40_000_000 <= top_micros < 40_000_000 + 4096 * each.tick_micros
        assert each.base_ticks <= each.reference_ticks < each.base_ticks + each.levels


def test_first_marks_follow_the_published_curve() -> None:
    # 7 Sep 2026: index 2.63, forwards 2.50 at three months and 2.14 at twelve.
    spec = msgspec.structs.replace(
        GPU1, listing=msgspec.structs.replace(listing_of(GPU1), listed_months=13)
    )
    found = instruments([spec], ns("2026-09-07"), {"H100": 2_630_000})
    by_name = {each.name: each.reference_ticks for each in found}
    assert by_name["GPU1-31DEC26"] == pytest.approx(250, abs=3)
    assert by_name["GPU1-31AUG27"] == pytest.approx(214, abs=3)
    assert list(by_name.values()) == sorted(by_name.values(), reverse=True)
    assert by_name["GPU1-30SEP26"] == round(263 * math.exp(-0.21 * 12 / 365))


def test_a_first_mark_stays_in_the_price_domain() -> None:
    for price_micros, ticks in ((1, 1), (90_000_000, 4096)):
        found = instruments([GPU1], ns("2026-11-21"), {"H100": price_micros})
        assert {each.reference_ticks for each in found[:1]} == {ticks}


def test_the_perpetual_has_no_expiry() -> None:
    (found,) = instruments([PERPETUAL], ns("2026-11-21"), PRICES)
    assert (found.name, found.expiry_ns, found.contract_hours) == ("H100-PERPETUAL", 0, 1)
    assert (found.reference_ticks, found.tick_value_micros, found.perpetual) == (2810, 1000, True)


def test_lists_the_same_for_the_same_arguments() -> None:
    prices = {"H100": 2_810_000, "B200": 5_870_000}
    once = instruments(shipped(), ns("2026-11-21"), prices)
    assert once == instruments(shipped(), ns("2026-11-21"), prices)
    assert len({each.name for each in once}) == len(once)


def test_refuses_a_missing_index_price_and_a_family_given_twice() -> None:
    with pytest.raises(ContractError, match="no index price of H100"):
        instruments([GPU1], ns("2026-11-21"), {"B200": 1})
    with pytest.raises(ContractError, match="GPU1: family: is specified twice"):
        instruments([GPU1, GPU1], ns("2026-11-21"), PRICES)


def test_expiry_is_the_close_of_the_last_business_day() -> None:
    month = contract_months(listing_of(GPU1), ns("2027-05-01"))[0]
    assert expiry_ns(month, listing_of(GPU1)) == ns("2027-05-28T21:00:00")
