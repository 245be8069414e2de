"""A listed instrument as a client sees it, and the exact conversion between price and ticks."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import msgspec

MICROS = 1_000_000
PERPETUAL_EXPIRY_MS = 32_503_708_800_000


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """One contract; a price of one tick is ``tick_micros`` micro-dollars per GPU-hour."""

    name: str
    instrument_id: int
    family: str
    index_name: str
    perpetual: bool
    tick_micros: int
    contract_hours: int
    creation_ns: int
    expiry_ns: int
    """Last trading instant; 0 for a perpetual."""
    maker_fee_micros: int = 0
    taker_fee_micros: int = 0
    active: bool = True

    @property
    def tick_value_micros(self) -> int:
        """Micro-dollars that one tick moves one lot."""
        return self.tick_micros * self.contract_hours

    def price(self, price_ticks: int) -> float:
        """Return the price in dollars per GPU-hour, as the shortest float."""
        return price_ticks * self.tick_micros / MICROS

    def ticks(self, price: Decimal | float | int | str) -> int:
        """Return the ticks of a price in dollars per GPU-hour.

        Raises ValueError where the price is not finite or not a whole number of ticks.
        """
        try:
            micros = Decimal(str(price)) * MICROS
            ticks, rest = divmod(micros, self.tick_micros)
        except InvalidOperation:
            raise ValueError(f"price: {price!r} is not a finite number") from None
        if not micros.is_finite() or rest:
            raise ValueError(f"price: {price!r} is not a multiple of {self.price(1)} ({self.name})")
        return int(ticks)

    def nearest_ticks(self, price_micros: float) -> int:
        """Return the ticks nearest to a price in micro-dollars per GPU-hour."""
        return round(price_micros / self.tick_micros)

    def years_to_expiry(self, now_ns: int) -> float:
        """Return the time to the last trading instant in years of 365 days, 0 for a perpetual."""
        if self.perpetual:
            return 0.0
        return max(0, self.expiry_ns - now_ns) / (365 * 86_400 * 1_000_000_000)
