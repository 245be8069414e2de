"""The listed instrument as the core and the log know it."""

from __future__ import annotations

from typing import Literal

import msgspec

from matching.rule import Algorithm, MatchingRule

PAYOUT_MICROS = 1_000_000
"""What a binary pays per unit when its mean ends above the strike: one dollar."""


class Leg(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a combo: buying one lot of it buys ``ratio`` lots of the instrument, or sells them (negative)."""

    instrument: str
    ratio: int


class InstrumentSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides how one instrument trades; the text of a LIST_INSTRUMENT command.

    Money is micro-dollars, rates are parts per million, times are UTC nanoseconds. A tick of one lot is
    worth ``tick_micros * contract_hours``. Prices lie in ``base_ticks <= price < base_ticks + levels``; only
    a combo's may be below zero. The rules behind the fields: exchange.core.listing.
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
    legs: tuple[Leg, ...] = ()
    """Of a combo: what its trades are booked as. It has no position of its own."""
    payoff: Literal["linear", "binary"] = "linear"
    """A binary pays one dollar a unit (its contract_hours are units) if the mean is above the strike."""
    strike_micros: int = 0
    band_ticks: int = 0
    """How far from the mark an order may be; 0: band_ppm of the mark."""
    implied: bool = False
    """Of a combo: it trades with the orders of its legs' books, too."""
    breaker_move_ticks: int = 0
    """The breaker's move where a share of the price says nothing; 0: breaker_move_ppm."""

    matching: Literal["price_time", "pro_rata", "fifo_top", "batch_auction"] = "price_time"
    """How its orders meet; the rules: docs/matching.md."""
    minimum_allocation_lots: int = 1
    """Of pro_rata: a smaller share becomes nothing, and goes by time."""
    top_order_ppm: int = 1_000_000
    """Of pro_rata and fifo_top: most that the top order gets of an aggressor, as a share of it."""
    top_order_lots: int = 0
    """The same in lots; 0: the top order has no priority (fifo_top needs one)."""
    batch_interval_ns: int = 0
    """Of batch_auction: the batches end at whole multiples of it."""

    @property
    def matching_rule(self) -> MatchingRule:
        """The same as the book is told it (its ``check`` tells whether it is sound)."""
        return MatchingRule(
            Algorithm[self.matching.upper()],
            self.minimum_allocation_lots,
            self.top_order_ppm,
            self.top_order_lots,
            self.batch_interval_ns,
        )

    @property
    def tick_value_micros(self) -> int:
        """Micro-dollars that one tick moves one lot."""
        return self.tick_micros * self.contract_hours

    @property
    def is_combo(self) -> bool:
        """Say whether its trades are booked as trades of other instruments."""
        return bool(self.legs)

    @property
    def is_binary(self) -> bool:
        """Say whether it pays all or nothing."""
        return self.payoff == "binary"

    @property
    def payout_micros(self) -> int:
        """What a lot of a binary pays if the mean is above the strike; 0 for anything else."""
        return PAYOUT_MICROS * self.contract_hours if self.is_binary else 0

    @property
    def lowest_ticks(self) -> int:
        """Lowest mark: at least one tick, but a combo's may be zero or negative."""
        return self.base_ticks if self.is_combo else max(self.base_ticks, 1)

    @property
    def highest_ticks(self) -> int:
        """Highest mark: the last price of the book, and no more than a binary can pay."""
        if self.is_binary:
            return PAYOUT_MICROS // self.tick_micros
        return self.base_ticks + self.levels - 1

    @property
    def breaker_move(self) -> int:
        """The move as ``OrderBooks.set_breaker`` is told it: parts per million, or negative ticks."""
        return -self.breaker_move_ticks or self.breaker_move_ppm

    def reach_ticks(self, mark_ticks: int) -> int:
        """Return how far from a mark the band reaches."""
        return self.band_ticks or mark_ticks * self.band_ppm // 1_000_000
