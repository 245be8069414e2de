"""The terms of a product family, as a specification file states them.

Money and rates are decimals in the file's own units ($ per GPU-hour, $ per lot, fractions of one);
properties give them as the integers that the exchange uses. Sources of the shipped values: the
exchanges' public rule summaries; what is unknown is a parameter, marked as a default in its file.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

MICROS = 1_000_000
PPM = 1_000_000

FamilyCode = Annotated[str, Meta(pattern="^[A-Z][A-Z0-9]{1,11}$")]
IndexName = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{1,31}$")]
Title = Annotated[str, Meta(min_length=1, max_length=120)]
Clock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Hours = Annotated[int, Meta(ge=1, le=8784)]
Lots = Annotated[int, Meta(ge=1, le=1 << 40)]
ListedMonths = Annotated[int, Meta(ge=1, le=120)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of a specification file."""


class Contract(Section, frozen=True, kw_only=True):
    """What one lot is.

    hours: GPU-hours of one lot, or ``"month"`` for the hours of the contract month (672 to 744).
    tick, max_price: $ per GPU-hour.
    """

    hours: Hours | Literal["month"]
    tick: Decimal
    max_price: Decimal


class Listing(Section, frozen=True, kw_only=True):
    """Which contract months exist, and when each stops trading.

    rule_months: contracts that the rule book lists; listed_months: how many are open here, at most
    those. last_trading_time: wall time in time_zone. calendar: code of the market whose holidays
    are no business days.
    """

    cycle: Literal["monthly", "quarterly"]
    rule_months: ListedMonths
    listed_months: ListedMonths
    last_trading_day: Literal["last_business_day", "last_day"]
    last_trading_time: Clock
    time_zone: str
    calendar: str


class Settlement(Section, frozen=True, kw_only=True):
    """Which index values a dated contract settles on.

    fixings: the mean over the contract month's business days, over all its days, or the last
    trading day alone.
    """

    fixings: Literal["business_days", "all_days", "last_day"]


class Funding(Section, frozen=True, kw_only=True):
    """How a perpetual is tied to its index: cap is a fraction of the index, either way."""

    interval_hours: Annotated[int, Meta(ge=1, le=168)]
    cap: Decimal


class Margin(Section, frozen=True, kw_only=True):
    """Flat margin as fractions of the notional at the mark."""

    initial: Decimal
    maintenance: Decimal

    @property
    def initial_ppm(self) -> int:
        """Initial margin in parts per million."""
        return int(self.initial * PPM)

    @property
    def maintenance_ppm(self) -> int:
        """Maintenance margin in parts per million."""
        return int(self.maintenance * PPM)


class Limits(Section, frozen=True, kw_only=True):
    """What one order and one position may be; band is a fraction around the mark.

    block_lots: fewest lots of a block trade. max_order_usd: most that one order may be worth.
    reportable_lots, accountability_lots, all_months_accountability_lots: positions that an operator is
    shown; they bind nobody by themselves.
    """

    band: Decimal
    max_order_lots: Lots
    single_month_lots: Lots
    spot_month_lots: Lots | None = None
    block_lots: Lots = 1
    max_order_usd: Lots | None = None
    reportable_lots: Lots | None = None
    accountability_lots: Lots | None = None
    all_months_accountability_lots: Lots | None = None

    @property
    def band_ppm(self) -> int:
        """Price band in parts per million."""
        return int(self.band * PPM)


class Session(Section, frozen=True, kw_only=True):
    """When a family trades: orders are collected from pre_open, open is an auction, close ends the day.

    Wall times in time_zone, in this order within one day; calendar: code of the market whose holidays
    are no trading days.
    """

    days: Literal["business_days", "all_days"]
    pre_open: Clock
    open: Clock
    close: Clock
    time_zone: str
    calendar: str = "XNYS"


class Breaker(Section, frozen=True, kw_only=True):
    """How far a price may go within a window before trading pauses; an auction ends the pause.

    move: fraction of the window's lowest and highest price. max_extensions: how often an auction whose
    price lies further away is prolonged by another pause.
    """

    move: Decimal
    window_seconds: Annotated[int, Meta(ge=1, le=86_400)]
    pause_seconds: Annotated[int, Meta(ge=1, le=86_400)]
    max_extensions: Annotated[int, Meta(ge=0, le=1_000)] = 1

    @property
    def move_ppm(self) -> int:
        """Move in parts per million."""
        return int(self.move * PPM)


class Fees(Section, frozen=True, kw_only=True):
    """$ per lot and side; settlement is charged once, at expiry."""

    maker: Decimal
    taker: Decimal
    settlement: Decimal = Decimal(0)

    @property
    def maker_micros(self) -> int:
        """Maker fee of one lot in micro-dollars."""
        return int(self.maker * MICROS)

    @property
    def taker_micros(self) -> int:
        """Taker fee of one lot in micro-dollars."""
        return int(self.taker * MICROS)

    @property
    def settlement_micros(self) -> int:
        """Settlement fee of one lot in micro-dollars."""
        return int(self.settlement * MICROS)


class Curve(Section, frozen=True, kw_only=True):
    """First marks of dated contracts: index * exp(slope_per_year * years to the fixings)."""

    slope_per_year: Decimal


class ContractSpec(Section, frozen=True, kw_only=True):
    """One product family.

    A dated family has listing, settlement and curve; a perpetual has funding.
    """

    family: FamilyCode
    title: Title
    kind: Literal["dated", "perpetual"]
    underlying: FamilyCode
    index: IndexName
    contract: Contract
    margin: Margin
    limits: Limits
    fees: Fees
    listing: Listing | None = None
    settlement: Settlement | None = None
    curve: Curve | None = None
    funding: Funding | None = None
    session: Session | None = None
    breaker: Breaker | None = None

    @property
    def perpetual(self) -> bool:
        """Whether the contract never expires."""
        return self.kind == "perpetual"

    @property
    def tick_micros(self) -> int:
        """Tick in micro-dollars per GPU-hour."""
        return int(self.contract.tick * MICROS)

    @property
    def max_price_ticks(self) -> int:
        """Highest price that the family must be able to show, in ticks."""
        return int(self.contract.max_price / self.contract.tick)
