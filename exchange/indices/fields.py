"""What a cell of an observation file says: text or a typed value, brought to units or found at fault."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from exchange.indices.rejects import Fault

MICROS = 1_000_000
HIGHEST_PRICE_MICROS = 1_000 * MICROS
HIGHEST_COUNT = 10_000_000
HIGHEST_AMOUNT = 10**9
AGREEMENT = 0.005
"""How far a stated price may lie from its total / (GPUs × hours): rounding, not contradiction."""

CURRENCY = "USD"

RENTALS = ("on_demand", "spot", "reserved")
CLOUD_TYPES = ("hyperscaler", "neocloud", "marketplace")
FORMS = ("sxm", "pcie", "nvl")
INTERCONNECTS = ("infiniband", "roce", "ethernet")
CPUS = ("x86", "arm")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_YEAR = 2200
EARLIEST_NS = 0
LATEST_NS = (_LATEST_YEAR - 1970) * 365 * 86_400 * 10**9  # within int64, before 2200

_TIME_ADVICE = "write an ISO 8601 day or instant, as 2026-10-01T16:00:00Z"
_YES = {"true", "yes", "y", "1", "executed"}
_NO = {"false", "no", "n", "0", "listed", ""}


def time_ns(value: Any) -> int | Fault:
    """Return a time in UTC nanoseconds; without an offset it is UTC."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    else:
        text = str(value).strip()
        if not text:
            return Fault("is empty", "is empty", _TIME_ADVICE)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return Fault("is no time", f"{text[:40]!r} is not an ISO 8601 time", _TIME_ADVICE)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not _EPOCH.year <= moment.year < _LATEST_YEAR:
        reason = f"{str(value)[:40]!r} is outside {_EPOCH.year} to {_LATEST_YEAR - 1}"
        return Fault("is out of range", reason, "correct the year")
    since = moment - _EPOCH
    return ((since.days * 86_400 + since.seconds) * MICROS + since.microseconds) * 1_000


def price_micros(value: Any) -> int | Fault:
    """Return a price in micro-dollars; digits beyond are rounded half to even."""
    price = decimal(value)
    if isinstance(price, Fault):
        return price
    highest = HIGHEST_PRICE_MICROS // MICROS
    if not 0 < price <= highest:
        reason = f"{str(value)[:40]!r} is not above 0 and up to {highest} $"
        return Fault("is out of range", reason, "give $ per GPU-hour")
    return round(price * MICROS) or Fault(
        "is out of range", "is below a micro-dollar", "give $ per GPU-hour"
    )


def decimal(value: Any) -> Decimal | Fault:
    """Return a finite number."""
    text = str(value).strip()
    if not text:
        return Fault("is empty", "is empty", "give a number, or leave the row out")
    try:
        number = Decimal(text)
    except InvalidOperation:
        advice = "write digits and a decimal point alone"
        return Fault("is no number", f"{text[:40]!r} is not a number", advice)
    if not number.is_finite():
        return Fault("is no number", f"{text[:40]!r} is not a finite number", "give a number")
    return number


def count(value: Any) -> int | Fault:
    """Return a whole number of GPUs, 1 or more; 0 where the cell is empty."""
    if not str(value).strip():
        return 0
    number = decimal(value)
    if isinstance(number, Fault):
        return number
    if number != number.to_integral_value() or not 0 < number <= HIGHEST_COUNT:
        reason = f"{str(value)[:40]!r} is not a whole number from 1 to {HIGHEST_COUNT}"
        cause = "is zero" if number == 0 else "is out of range"
        return Fault(cause, reason, "give the GPUs of the offer, or leave it empty")
    return int(number)


def months(value: Any) -> int | Fault:
    """Return a term in months, 0 where the cell is empty."""
    if not str(value).strip():
        return 0
    number = decimal(value)
    if isinstance(number, Fault):
        return number
    if number != number.to_integral_value() or not 0 <= number <= 120:
        reason = f"{str(value)[:40]!r} is not a whole number of months up to 120"
        return Fault("is out of range", reason, "give 0 where nothing is reserved")
    return int(number)


def amount(value: Any) -> float | Fault:
    """Return a positive number, of hours or dollars; 0 where the cell is empty."""
    if not str(value).strip():
        return 0.0
    number = decimal(value)
    if isinstance(number, Fault):
        return number
    if not 0 < number <= HIGHEST_AMOUNT:
        cause = "is negative" if number < 0 else "is out of range"
        reason = f"{str(value)[:40]!r} is not above 0 and up to {HIGHEST_AMOUNT}"
        return Fault(cause, reason, "correct it, or leave it empty")
    return float(number)


def currency(value: Any) -> str | Fault:
    """Return USD; every other currency is at fault, because an index mixes none."""
    text = str(value).strip().upper()
    if text in ("", CURRENCY, "$", "US$"):
        return CURRENCY
    reason = f"is {text[:40]}, not {CURRENCY}"
    return Fault("is another currency", reason, f"convert the price to {CURRENCY}")


def flag(value: Any) -> bool | Fault:
    """Return whether a rental was executed."""
    text = str(value).strip().lower()
    if text in _YES or text in _NO:
        return text in _YES
    reason = f"{text[:40]!r} is neither executed nor listed"
    return Fault("is no known value", reason, "write executed or listed")


def one_of(value: Any, known: tuple[str, ...]) -> str | Fault:
    """Return one of the known words, or "" where the cell is empty."""
    text = str(value).strip().lower().replace("-", "_")
    if not text or text in known:
        return text
    reason = f"{str(value)[:40]!r} is not one of {', '.join(known)}"
    return Fault("is no known value", reason, "use one of these, or leave it empty")
