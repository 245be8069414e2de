"""How far away a contract's fixings are, and how much of its settlement they still decide."""

from __future__ import annotations

from exchange.contracts.averaging import variance_factor
from exchange.contracts.calendar import fixing_days, instant_ns
from exchange.contracts.months import month_of_expiry
from exchange.contracts.terms import ContractSpec
from exchange.core.instrument import InstrumentSpec
from marketdata.days import NS_PER_DAY


def fixing_instants_ns(instrument: InstrumentSpec, terms: ContractSpec) -> list[int]:
    """Return when the fixings of an instrument are taken, in order; empty for a perpetual."""
    if instrument.perpetual or terms.listing is None or terms.settlement is None:
        return []
    rule = terms.listing
    month = month_of_expiry(instrument.expiry_ns, rule)
    days = fixing_days(month, terms.settlement.fixings, rule.last_trading_day, rule.calendar)
    return [instant_ns(day, rule.last_trading_time, rule.time_zone) for day in days]


def unknown_share(instants_ns: list[int], at_ns: int) -> float:
    """Return the share of fixings that lie after a time; 1 where there are none (a perpetual).

    It is the exposure that is left of a contract on their mean: each point that the index moves
    moves the mean by this share of a point.
    """
    if not instants_ns:
        return 1.0
    return sum(instant > at_ns for instant in instants_ns) / len(instants_ns)


def tenor_days(instants_ns: list[int], at_ns: int) -> float:
    """Return the time to the fixings that are left, in days of variance; 0 for a perpetual.

    A mean over a window has the variance of one fixing that lies at the window's start plus
    variance_factor times its length, so that is the mean's tenor.
    """
    left = [instant for instant in instants_ns if instant > at_ns]
    if not left:
        return 0.0
    step_ns = (left[-1] - left[0]) / max(1, len(left) - 1)
    start_ns = max(at_ns, left[0] - step_ns)
    tenor_ns = (start_ns - at_ns) + variance_factor(len(left)) * (left[-1] - start_ns)
    return tenor_ns / NS_PER_DAY
