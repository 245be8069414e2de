"""Final settlement against means written out: every day there, a day missing, revised, restated, too few."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.contracts.calendar import ContractMonth
from exchange.contracts.final_settlement import (
    SettlementUndecidedError,
    final_settlement,
    settlement_price,
)
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec
from marketdata.days import day_number

FAMILIES = {spec.family: spec for spec in shipped()}
GPU1, HPR, QUARTERLY = FAMILIES["GPU1"], FAMILIES["HPR"], FAMILIES["H100Q"]
NOVEMBER = ContractMonth(2026, 11)

Published = dict[tuple[str, int], tuple[int, int]]


def day_of(text: str) -> int:
    return day_number(date.fromisoformat(text))


def november(index: str, *missing: str) -> Published:
    """A value on each day of November 2026 (2.50 $ and a mill more a day), version 1."""
    first = day_of("2026-11-01")
    return {
        (index, first + n): (2_500_000 + 1_000 * n, 1)
        for n in range(30)
        if first + n not in {day_of(text) for text in missing}
    }


def price_on(day: int) -> int:
    """The value of a day of November, as written above."""
    return 2_500_000 + 1_000 * (day - 1)


def mean(prices: list[int]) -> int:
    exact = Decimal(sum(prices)) / len(prices)
    return int(exact.to_integral_value(ROUND_HALF_UP))


# Weekdays of November 2026 but Thanksgiving, from a wall calendar.
BUSINESS_DAYS = [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 23, 24, 25, 27, 30]


def test_a_month_with_every_fixing_is_their_mean() -> None:
    business = mean([price_on(day) for day in BUSINESS_DAYS])
    assert settlement_price(GPU1, NOVEMBER, november("h100_usd")) == business
    every = mean([price_on(day) for day in range(1, 31)])
    assert settlement_price(HPR, NOVEMBER, november("h100_tx_usd")) == every
    december = ContractMonth(2026, 12)
    last = {("h100_tx_usd", day_of("2026-12-31")): (2_700_001, 1)}
    assert settlement_price(QUARTERLY, december, last) == 2_700_001


def test_a_missing_day_takes_the_last_value_before_it() -> None:
    # The 16th is a Monday: the value of Sunday the 15th is published, and the last one before.
    published = november("h100_usd", "2026-11-16")
    wanted = [price_on(15 if day == 16 else day) for day in BUSINESS_DAYS]
    found = final_settlement(GPU1, NOVEMBER, published)
    assert found.price_micros == mean(wanted)
    (looked_back,) = [each for each in found.fixings if each.source == "looked_back"]
    assert (looked_back.day, looked_back.of) == (date(2026, 11, 16), date(2026, 11, 15))


def test_the_first_day_may_look_back_into_the_month_before() -> None:
    published = november("h100_usd", "2026-11-01", "2026-11-02")
    published["h100_usd", day_of("2026-10-30")] = (9_000_000, 1)
    wanted = [9_000_000] + [price_on(day) for day in BUSINESS_DAYS[1:]]
    assert settlement_price(GPU1, NOVEMBER, published) == mean(wanted)


def test_a_day_without_any_value_near_is_left_out() -> None:
    # Nothing from the 8th to the 16th: five days back reach the 7th from the 12th, not from the 13th on.
    gap = [f"2026-11-{day:02d}" for day in range(8, 17)]
    found = final_settlement(
        msgspec.structs.replace(GPU1, settlement=_rule(GPU1, look_back_days=5, fewest_fixings=10)),
        NOVEMBER,
        november("h100_usd", *gap),
    )
    left_out = [each.day.day for each in found.fixings if each.source == "excluded"]
    assert left_out == [13, 16]
    held = {9: 7, 10: 7, 11: 7, 12: 7}
    wanted = [price_on(held.get(day, day)) for day in BUSINESS_DAYS if day not in left_out]
    assert found.price_micros == mean(wanted)


def test_the_version_in_force_counts() -> None:
    published = november("h100_usd")
    published["h100_usd", day_of("2026-11-18")] = (3_333_333, 2)
    wanted = [3_333_333 if day == 18 else price_on(day) for day in BUSINESS_DAYS]
    found = final_settlement(GPU1, NOVEMBER, published)
    assert found.price_micros == mean(wanted)
    assert [each.version for each in found.fixings if each.day.day == 18] == [2]


def test_with_too_few_fixings_an_operator_decides() -> None:
    gap = [f"2026-11-{day:02d}" for day in (2, 3, 4, 5, 6, 9)]
    published = november("h100_usd", *gap)
    with pytest.raises(
        SettlementUndecidedError, match=r"14 of 20 fixings of h100_usd.*needs 15"
    ) as no:
        settlement_price(GPU1, NOVEMBER, published)
    assert sum(each.source == "published" for each in no.value.fixings) == 14
    assert settlement_price(
        GPU1, NOVEMBER, published | {("h100_usd", day_of("2026-11-09")): (1, 1)}
    )


def test_the_last_day_alone_looks_back_or_is_undecided() -> None:
    december = ContractMonth(2026, 12)
    before = {("h100_tx_usd", day_of("2026-12-26")): (2_600_000, 1)}
    assert settlement_price(QUARTERLY, december, before) == 2_600_000
    with pytest.raises(SettlementUndecidedError, match="0 of 1"):
        settlement_price(QUARTERLY, december, {("h100_tx_usd", day_of("2026-12-25")): (1, 1)})


def test_another_index_says_nothing() -> None:
    with pytest.raises(SettlementUndecidedError):
        settlement_price(HPR, NOVEMBER, november("h100_usd"))


def test_what_does_not_expire_does_not_settle() -> None:
    for family in ("H100", "GPU1-FS"):
        with pytest.raises(ValueError, match="does not settle"):
            settlement_price(FAMILIES[family], NOVEMBER, {})


@given(st.lists(st.integers(1, 10**9), min_size=20, max_size=20), st.integers(1, 1_000))
def test_prices_times_k_settle_at_k_times_the_price(prices: list[int], k: int) -> None:
    days = [day_of("2026-11-01") + day - 1 for day in BUSINESS_DAYS]
    once = {("h100_usd", day): (price, 1) for day, price in zip(days, prices, strict=True)}
    scaled = {key: (price * k, version) for key, (price, version) in once.items()}
    base = settlement_price(GPU1, NOVEMBER, once)
    assert min(prices) <= base <= max(prices)
    assert abs(settlement_price(GPU1, NOVEMBER, scaled) - k * base) <= k


def test_a_lease_token_is_its_three_months_by_their_days() -> None:
    """The mean over October to December is that of the months' own futures, weighted by days."""
    first, prices = day_of("2026-10-01"), [2_000_000 + 997 * n % 83_000 for n in range(92)]
    published = {("h100_tx_usd", first + n): (price, 1) for n, price in enumerate(prices)}
    token = settlement_price(FAMILIES["H100LEASE"], ContractMonth(2026, 12), published)
    assert token == mean(prices)
    months = [
        settlement_price(HPR, ContractMonth(2026, number), published) for number in (10, 11, 12)
    ]
    weighted = sum(days * price for days, price in zip((31, 30, 31), months, strict=True)) / 92
    assert abs(token - weighted) <= 1


def test_a_token_listed_within_its_quarter_settles_on_the_days_that_there_are() -> None:
    """An exchange that began on 20 November has 42 fixings; with 27 an operator decides."""
    december = ContractMonth(2026, 12)
    for began, settles in (("2026-11-20", True), ("2026-12-05", False)):
        days = range(day_of(began), day_of("2026-12-31") + 1)
        published = {("h100_tx_usd", day): (2_000_000 + day, 1) for day in days}
        if settles:
            price = settlement_price(FAMILIES["H100LEASE"], december, published)
            assert price == mean([2_000_000 + day for day in days])
        else:
            with pytest.raises(SettlementUndecidedError, match="27 of 92"):
                settlement_price(FAMILIES["H100LEASE"], december, published)


def test_every_family_settles_on_its_own_index_in_every_month_to_come() -> None:
    settled = [spec for spec in FAMILIES.values() if spec.settlement is not None]
    assert {spec.family for spec in settled} == {
        *("GPU1", "GPU2", "HPR", "BKL", "H100Q", "B200Q", "H100LEASE", "H100MEAN")
    }
    for spec in settled:
        month = ContractMonth(2024, 1)
        while month.year < 2037:
            # From two months before on: a token settles on its quarter.
            day, published = month.later(-2).first_day, Published()
            while day <= month.last_day:
                published[spec.index, day_number(day)] = (2_000_000, 1)
                day += timedelta(days=1)
            assert settlement_price(spec, month, published) == 2_000_000
            month = month.later(1)


def _rule(spec: ContractSpec, **changes: int) -> object:
    return msgspec.structs.replace(spec.settlement, **changes)
