"""What a participant of the rental economy is told each day: what it rented and what rents cost."""

from __future__ import annotations

import msgspec


class SpotSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The rental market of one underlying on one day.

    executed_micros: mean price of the day's on-demand deals, weighted by hours; list_micros: mean
    list price of the providers; both per GPU-hour and brought to one configuration. Deals with
    hyperscalers are not seen. utilisation: part of the capacity rented out.
    """

    underlying: str
    executed_micros: int
    list_micros: int
    volume_gpu_hours: float
    utilisation: float


class RentalLine(msgspec.Struct, frozen=True, kw_only=True):
    """Rentals of one kind in a statement: ``sold`` where the participant rents out, else it rents.

    price_micros: mean per GPU-hour.
    """

    underlying: str
    sold: bool
    gpu_hours: float
    price_micros: int


class RentalDay(msgspec.Struct, frozen=True, kw_only=True):
    """A participant's statement of one day.

    day: days since 1970. ts_ns: end of the day. fleet: GPUs owned, utilisation: part of them rented
    out, spot: the market, each by underlying. other_micros: costs outside of rentals (operation,
    energy, debt service); negative is paid.
    """

    day: int
    ts_ns: int
    participant: str
    lines: tuple[RentalLine, ...]
    fleet: dict[str, int]
    utilisation: dict[str, float]
    spot: dict[str, SpotSummary]
    other_micros: int

    @property
    def cash_micros(self) -> int:
        """Cash of the day in micro-dollars: rents received less rents and other costs paid."""
        rents = sum(
            round(line.gpu_hours * line.price_micros) * (1 if line.sold else -1)
            for line in self.lines
        )
        return rents + self.other_micros
