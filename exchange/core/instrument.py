"""The listed instrument as the core and the log know it."""

from __future__ import annotations

import msgspec


class InstrumentSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides how one instrument trades; the text of a LIST_INSTRUMENT command.

    Money is micro-dollars, rates are parts per million, times are UTC nanoseconds. A tick of one lot is
    worth ``tick_micros * contract_hours``. Prices lie in ``base_ticks <= price < base_ticks + levels``.
    """

    name: str
    family: str
    underlying: str
    index: str
    perpetual: bool
    tick_micros: int
    contract_hours: int
    created_ns: int
    expiry_ns: int
    """Last trading instant; 0 for a perpetual."""
    base_ticks: int
    levels: int
    reference_ticks: int
    """Mark before the first mark command."""
    initial_margin_ppm: int
    maintenance_margin_ppm: int
    band_ppm: int
    max_order_lots: int
    max_position_lots: int
    maker_fee_micros: int
    taker_fee_micros: int
    breaker_move_ppm: int = 0
    """How far executions may go within the breaker's window; 0: as far as the band."""
    breaker_window_ns: int = 0
    breaker_pause_ns: int = 0
    breaker_max_extensions: int = 0
    settlement_fee_micros: int = 0
    """What each lot pays at final settlement, on either side."""
    block_minimum_lots: int = 0
    max_order_micros: int = 0
    """Most that one order may be worth at its price; 0: no limit but that of its size."""
    reportable_lots: int = 0
    """From this position on an account is reported by name; 0: none is."""
    accountability_lots: int = 0
    """Who holds more must account for it when asked, and may be told not to add; 0: nobody must."""
    family_accountability_lots: int = 0
    """The same for the net position in all contract months of the family."""

    @property
    def tick_value_micros(self) -> int:
        """Micro-dollars that one tick moves one lot."""
        return self.tick_micros * self.contract_hours
