"""How listed instruments are called, in the way of Deribit's names."""

from __future__ import annotations

from decimal import Decimal

from exchange.contracts.calendar import ContractMonth, last_trading_day
from exchange.contracts.terms import Listing

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def day_name(month: ContractMonth, listing: Listing) -> str:
    """Return a contract month's last trading day as names have it: ``30NOV26``."""
    day = last_trading_day(month, listing.last_trading_day, listing.calendar)
    return f"{day.day:02d}{_MONTHS[day.month - 1]}{day.year % 100:02d}"


def dated_name(family: str, month: ContractMonth, listing: Listing) -> str:
    """Return a dated instrument's name: the family and the last trading day, ``GPU1-30NOV26``."""
    return f"{family}-{day_name(month, listing)}"


def perpetual_name(family: str) -> str:
    """Return a perpetual's name: ``H100-PERPETUAL``."""
    return f"{family}-PERPETUAL"


def calendar_spread_name(
    family: str, far: ContractMonth, near: ContractMonth, listing: Listing
) -> str:
    """Return a calendar spread's name, the bought leg first: ``GPU1-FS-29JAN27_31DEC26``."""
    return f"{family}-{day_name(far, listing)}_{day_name(near, listing)}"


def binary_name(family: str, month: ContractMonth, listing: Listing, strike: Decimal) -> str:
    """Return a binary's name, with a d for the strike's decimal point: ``H100MEAN-30NOV26-2d7``."""
    exact = f"{strike.normalize():f}".replace(".", "d")
    return f"{dated_name(family, month, listing)}-{exact}"
