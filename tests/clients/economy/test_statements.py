"""The cash of a statement."""

from __future__ import annotations

import msgspec

from clients.economy.statements import RentalDay, RentalLine, SpotSummary
from clients.messages import Message

SPOT = SpotSummary(
    underlying="H100",
    executed_micros=2_000_000,
    list_micros=2_600_000,
    volume_gpu_hours=1_000.0,
    utilisation=0.7,
)


def day(*lines: RentalLine, other_micros: int = 0) -> RentalDay:
    return RentalDay(
        day=20_000,
        ts_ns=20_001 * 86_400_000_000_000,
        participant="Pine",
        lines=lines,
        fleet={"H100": 10},
        utilisation={"H100": 0.5},
        spot={"H100": SPOT},
        other_micros=other_micros,
    )


def test_rents_received_come_in_and_rents_and_costs_paid_go_out() -> None:
    sold = RentalLine(underlying="H100", sold=True, gpu_hours=120.0, price_micros=2_100_000)
    rented = RentalLine(underlying="A100", sold=False, gpu_hours=24.5, price_micros=1_500_000)
    assert day(sold, rented, other_micros=-1_000_000).cash_micros == 252_000_000 - 36_750_000 - (
        1_000_000
    )


def test_a_day_without_rentals_leaves_the_other_costs() -> None:
    assert day(other_micros=-7).cash_micros == -7


def test_a_statement_is_a_message_that_traders_hear() -> None:
    assert RentalDay in Message.__args__
    assert msgspec.json.decode(msgspec.json.encode(day()), type=RentalDay) == day()
