"""Which price a day tells, and what a day without rentals looks like."""

from __future__ import annotations

import msgspec

from clients.economy.statements import RentalLine
from clients.participants.rental_days import blank_day, market_micros
from marketdata.days import NS_PER_DAY
from tests.clients.participants.days import rental_day


def test_the_markets_price_comes_before_the_mix_of_the_own_rentals() -> None:
    day = rental_day(0, 2.5, sold_hours=10, rented_hours=30)
    assert market_micros(day, "H100") == 2_500_000
    dear = RentalLine(underlying="H100", sold=True, gpu_hours=30, price_micros=3_000_000)
    mixed = msgspec.structs.replace(day, lines=(day.lines[0], dear))
    assert market_micros(mixed, "H100") == 2_500_000
    # 10 hours at 2.50 and 30 at 3.00, where the market says nothing.
    alone = msgspec.structs.replace(mixed, spot={})
    assert market_micros(alone, "H100") == 2_875_000
    assert market_micros(day, "B200") is None


def test_a_blank_day_costs_nothing_and_tells_the_price() -> None:
    day = blank_day("me", "B200", 20_000, 5_500_000)
    assert (day.cash_micros, day.lines) == (0, ())
    assert day.ts_ns == 20_001 * NS_PER_DAY
    assert market_micros(day, "B200") == 5_500_000
    assert market_micros(day, "H100") is None
