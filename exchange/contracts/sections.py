"""The tables of a specification file and the values that their fields take.

Money and rates are decimals in the file's own units ($ per GPU-hour, $ per lot, fractions of one);
properties give them as the integers that the exchange uses. A value's description says what to write
where it is refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

MICROS = 1_000_000
PPM = 1_000_000

FamilyCode = Annotated[
    str,
    Meta(
        pattern="^[A-Z][A-Z0-9]{1,11}(-[A-Z][A-Z0-9]{1,11})?$",
        description="write 2 to 12 capital letters and digits, such as GPU1; GPU1-FS for a spread",
    ),
]
IndexName = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9_]{1,31}$",
        description="write small letters, digits and underscores, such as h100_usd",
    ),
]
Title = Annotated[str, Meta(min_length=1, max_length=120, description="write 1 to 120 characters")]
Clock = Annotated[
    str,
    Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description='write "HH:MM", such as "16:00"'),
]
Hours = Annotated[
    int, Meta(ge=1, le=8784, description="write whole GPU-hours from 1 to 8784 (a year)")
]
Lots = Annotated[
    int, Meta(ge=1, le=1 << 40, description="write a whole number of lots, at least 1")
]
ListedMonths = Annotated[int, Meta(ge=1, le=120, description="write a number from 1 to 120")]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of a specification file."""


class Contract(Section, frozen=True, kw_only=True):
    """What one lot is.

    hours: GPU-hours of one lot; ``"month"`` for the hours of the contract month (672 to 744); ``"legs"``
    for a spread, of which a lot is a lot of each leg. tick, max_price, min_price: $ per GPU-hour; the
    lowest price is one tick where it is not given.
    """

    hours: Hours | Literal["month", "legs"]
    tick: Decimal
    max_price: Decimal
    min_price: Decimal | None = None


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
    """Which index values a dated contract settles on, and what happens where one is missing.

    fixings: the mean over the contract month's business days, over all its days, over all days of the
    three months that end with it, or the last trading day alone. A day without a published value
    takes the last one published within look_back_days before it, else it is left out. With fewer than
    fewest_fixings days that have a value of their own the contract is not settled by rule: an operator decides.
    """

    fixings: Literal["business_days", "all_days", "quarter_days", "last_day"]
    look_back_days: Annotated[
        int, Meta(ge=0, le=31, description="write whole days from 0 (none) to 31")
    ] = 5
    fewest_fixings: Annotated[
        int, Meta(ge=1, le=31, description="write a number of days from 1 to 31")
    ] = 1


class Funding(Section, frozen=True, kw_only=True):
    """How a perpetual is tied to its index: cap is a fraction of the index, either way."""

    interval_hours: Annotated[int, Meta(ge=1, le=168, description="write hours from 1 to 168")]
    cap: Decimal


class Margin(Section, frozen=True, kw_only=True, rename={"margin_class": "class"}):
    """Flat margin as fractions of the notional at the mark, until the day's scenarios are set.

    margin_class (``class`` in the file): the scan range of the margin parameters that moves the contract;
    that of its family or underlying where it is not given.
    """

    initial: Decimal
    maintenance: Decimal
    margin_class: FamilyCode | None = None

    @property
    def initial_ppm(self) -> int:
        """Initial margin in parts per million."""
        return int(self.initial * PPM)

    @property
    def maintenance_ppm(self) -> int:
        """Maintenance margin in parts per million."""
        return int(self.maintenance * PPM)


class Limits(Section, frozen=True, kw_only=True):
    """What one order and one position may be.

    band: how far from the mark a price may lie, as a fraction of it; band_usd: the same in $ per
    GPU-hour, for prices that may be zero. One of the two. block_lots: fewest lots of a block trade.
    max_order_usd: most that one order may be worth. reportable_lots, accountability_lots,
    all_months_accountability_lots: positions that an operator is shown; they bind nobody by themselves.
    """

    max_order_lots: Lots
    single_month_lots: Lots
    band: Decimal | None = None
    band_usd: Decimal | None = None
    spot_month_lots: Lots | None = None
    block_lots: Lots = 1
    max_order_usd: Lots | None = None
    reportable_lots: Lots | None = None
    accountability_lots: Lots | None = None
    all_months_accountability_lots: Lots | None = None

    @property
    def band_ppm(self) -> int:
        """Price band in parts per million; 0 where it is in dollars."""
        return int((self.band or 0) * PPM)


class Session(Section, frozen=True, kw_only=True):
    """When a family trades: orders are collected from pre_open, open is an auction, close ends the day.

    Wall times in time_zone. A trading day is named by its close; an open (and a pre_open) that is not
    before what follows it on the clock lies on the day before, so that Monday's session may open on
    Sunday evening. calendar: code of the market whose holidays are no trading days.
    """

    days: Literal["business_days", "all_days"]
    pre_open: Clock
    open: Clock
    close: Clock
    time_zone: str
    calendar: str = "XNYS"


class Breaker(Section, frozen=True, kw_only=True):
    """How far a price may go within a window before trading pauses; an auction ends the pause.

    move: fraction of the window's lowest and highest price; move_usd: the same in $ per GPU-hour, for
    prices that may be zero. One of the two. max_extensions: how often an auction whose price lies further
    away is prolonged by another pause.
    """

    window_seconds: Annotated[int, Meta(ge=1, le=86_400, description="write seconds up to 86400")]
    pause_seconds: Annotated[int, Meta(ge=1, le=86_400, description="write seconds up to 86400")]
    move: Decimal | None = None
    move_usd: Decimal | None = None
    max_extensions: Annotated[int, Meta(ge=0, le=1_000, description="write 0 to 1000")] = 1

    @property
    def move_ppm(self) -> int:
        """Move in parts per million; 0 where it is in dollars."""
        return int((self.move or 0) * PPM)


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


class Spread(Section, frozen=True, kw_only=True):
    """What a spread is made of: one family (two of its months) or two (a month of each).

    A calendar spread buys the later month and sells the nearer one; a product spread buys the first family
    and sells the second: lot for lot. listed: how many are open, the nearest first.
    implied: they trade with the orders of their legs' books, too.
    """

    legs: tuple[FamilyCode, ...]
    listed: ListedMonths
    implied: bool = False


class Strikes(Section, frozen=True, kw_only=True):
    """Which strikes of a binary are listed: each_side either side of the one nearest to the index.

    step: $ per GPU-hour between two. volatility_per_year: of the index, for first marks.
    """

    step: Decimal
    each_side: Annotated[int, Meta(ge=0, le=20, description="write a number from 0 to 20")]
    volatility_per_year: Decimal
