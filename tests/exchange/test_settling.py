"""Funding by its formula; final settlement from published fixings alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from exchange.contracts import spec as contract_files
from exchange.contracts.listing import instruments
from exchange.contracts.terms import ContractSpec
from exchange.core.instrument import InstrumentSpec
from exchange.indices.fixing_times import fixing_time
from exchange.indices.index_source import WalkSource
from exchange.settling import FinalSettlements, funding_micros
from marketdata.days import day_number

NS = 1_000_000_000
NOVEMBER_NS = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp()) * NS


def ns(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * NS  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("mark", "index", "payment"),
    [
        (2_810_000, 2_800_000, 10_000),
        (2_790_000, 2_800_000, -10_000),
        (2_900_000, 2_800_000, 28_000),
        (2_000_000, 2_800_000, -28_000),
        (2_800_000, 2_800_000, 0),
        (1, 99, 0),
    ],
)
def test_the_funding_formula(mark: int, index: int, payment: int) -> None:
    assert funding_micros(mark, index, 10_000) == payment


class Still:
    """An index that stands, and a source whose fixings of some days may still come."""

    def __init__(self, *awaited: int) -> None:
        self.awaited = awaited

    def price_micros(self, ts_ns: int) -> int:
        return 2_800_000

    def source(self) -> WalkSource:
        source = WalkSource({"h100_usd": self, "h100_tx_usd": self}, NOVEMBER_NS)
        if self.awaited:
            late = self.awaited
            source.is_awaited = lambda index, day, at_ns: day in late  # type: ignore[method-assign]
        return source


def november(family: str) -> tuple[InstrumentSpec, ContractSpec]:
    terms = next(spec for spec in contract_files.shipped() if spec.family == family)
    listed = instruments([terms], NOVEMBER_NS, {"H100": 2_800_000, terms.index: 2_800_000})
    return listed[0], terms


def weekdays() -> list[date]:
    days = [date(2026, 11, day) for day in range(1, 31)]
    return [day for day in days if day.weekday() < 5 and day.day != 26]


def test_the_mean_of_the_published_fixings_is_rounded_half_up() -> None:
    spec, terms = november("GPU1")
    assert len(weekdays()) == 20
    prices = dict(zip(weekdays(), [5] * 10 + [6] * 10, strict=True))
    published = {("h100_usd", day_number(day)): (price, 1) for day, price in prices.items()}
    # What is published of another index, or for another day, does not matter.
    published |= {
        ("b200_usd", 20_760): (99, 1),
        ("h100_usd", day_number(date(2026, 11, 7))): (9, 1),
    }
    settlements = FinalSettlements(Still().source())
    price = settlements.price_micros(spec, terms, spec.expiry_ns, published)
    assert Fraction(sum(prices.values()), 20) == Fraction(11, 2)
    assert price == 6


def test_a_contract_waits_for_a_fixing_that_may_still_come() -> None:
    spec, terms = november("GPU1")
    days = [day_number(day) for day in weekdays()]
    published = {("h100_usd", day): (100, 1) for day in days[:-1]}
    waiting = FinalSettlements(Still(days[-1]).source())
    assert waiting.price_micros(spec, terms, spec.expiry_ns, published) is None
    published["h100_usd", days[-1]] = (300, 2)
    assert waiting.price_micros(spec, terms, spec.expiry_ns, published) == 110
    # One that will not come is looked back for: the day before stands in.
    del published["h100_usd", days[-1]]
    gone = FinalSettlements(Still().source())
    assert gone.price_micros(spec, terms, spec.expiry_ns, published) == 100


def test_without_fixings_an_operator_decides_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    spec, terms = november("GPU1")
    settlements = FinalSettlements(Still().source())
    for _ in range(3):
        assert settlements.price_micros(spec, terms, spec.expiry_ns, {}) is None
    assert len(caplog.records) == 1
    assert "cfx admin settle" in caplog.text


def test_settlement_is_due_with_the_last_fixing() -> None:
    spec, terms = november("GPU1")
    # 16:00 in Chicago on the last business day, winter time; New York fixed an hour before.
    due_ns = FinalSettlements(Still().source()).due_ns(spec, terms)
    assert due_ns == spec.expiry_ns == ns(2026, 11, 30, 22)
    assert fixing_time("h100_usd").instant_ns(date(2026, 11, 30)) == ns(2026, 11, 30, 21)


def test_a_mean_of_all_days_waits_for_those_after_the_last_trading_day() -> None:
    # January 2027 ends on a Sunday: HPR trades to Friday the 29th, its mean goes on to the 31st.
    (terms,) = contract_files.shipped("HPR")
    spec = instruments([terms], ns(2027, 1, 4), {"H100": 2_800_000})[0]
    assert spec.expiry_ns == ns(2027, 1, 29, 21)
    due_ns = FinalSettlements(Still().source()).due_ns(spec, terms)
    assert due_ns == fixing_time("h100_tx_usd").instant_ns(date(2027, 1, 31)) > spec.expiry_ns
