"""Which price a day tells, and what a day without rentals looks like."""

from __future__ import annotations

import msgspec

from clients.economy.statements import RentalLine
from clients.participants.neocloud import NeocloudParams
from clients.participants.rental_days import blank_day, market_micros, rented_out
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


def test_a_fleet_is_rented_out_in_part_and_costs_whole() -> None:
    blank = blank_day("me", "H100", 20_000, 2_500_000)
    terms = NeocloudParams(underlying="H100", utilisation=0.75, cost_usd=0.6)
    day = rented_out(blank, 2, 10, terms)
    # Ten GPUs for two days are 480 hours: 360 sold at 2.50, and 480 at 0.60 to be paid.
    assert [(line.gpu_hours, line.sold) for line in day.lines] == [(360.0, True)]
    assert day.cash_micros == 360 * 2_500_000 - 480 * 600_000
