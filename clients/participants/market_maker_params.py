"""What a market maker may be told."""

from __future__ import annotations

from clients.civil import days_of
from clients.participants.params import Fraction, NonNegative, Params, Positive


class MarketMakerParams(Params, frozen=True, kw_only=True):
    """Parameters; the unit of price is ``unit_part`` of the index, about a tick of GPU1.

    families: those to be quoted, by commas; all if empty. gamma: risk aversion per unit of price and
    of inventory. k: decay of the arrival rate per unit of price. horizon_s: market seconds that
    inventory is carried, at least, and horizon_decisions: decisions that it is carried, whichever is
    longer. quote_hours: GPU-hours of a quote. unit_hours: of a unit of inventory. max_hours: most in one
    contract; max_underlying_hours: most over all contracts of an accelerator. shared_part: the part
    of the inventory's weight that is that of the whole accelerator. slope_a_year: log slope of the curve
    (a prior, not a quotation). book_weight: weight of the others' middle; basis_trust: the part of
    the others' lasting departure from the model that is believed. min_half_spread: in units of price;
    requote_part: of the half spread that the wanted price may move before a quote is replaced.
    max_messages_a_s: most messages with quotes. launch_dates: ISO dates, by commas, of launches that
    are expected; launch_widening: by what quotes are wider on such a day and right after a surprise.
    reach: the furthest from the mark that is quoted, as a part of it.
    """

    families: str = ""
    gamma: Positive = 0.1
    k: Positive = 1.0
    unit_part: Positive = 0.004
    horizon_s: Positive = 60.0
    horizon_decisions: Positive = 2.0
    quote_hours: Positive = 7_300.0
    unit_hours: Positive = 21_900.0
    max_hours: Positive = 73_000.0
    max_underlying_hours: Positive = 219_000.0
    shared_part: Fraction = 0.5
    slope_a_year: float = -0.21
    book_weight: Fraction = 0.2
    basis_trust: Fraction = 0.5
    basis_halflife_s: Positive = 60.0
    min_half_spread: NonNegative = 0.5
    requote_part: NonNegative = 0.3
    max_messages_a_s: Positive = 20.0
    launch_dates: str = ""
    launch_widening: Positive = 3.0
    surprise: Positive = 4.0
    reach: Positive = 0.08

    @property
    def family_codes(self) -> frozenset[str]:
        """The families to be quoted; empty for all."""
        return frozenset(word.strip() for word in self.families.split(",") if word.strip())

    @property
    def launch_days(self) -> frozenset[int]:
        """The expected launches in days since 1970-01-01. Raises ValueError for what is no date."""
        return days_of(self.launch_dates)
