"""What must hold between the terms of a specification, beyond the type of each field."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from decimal import Decimal

from exchange.contracts.calendar import LONGEST_MONTH_HOURS, known_calendar
from exchange.contracts.terms import MICROS, PPM, ContractSpec, Listing, Session
from matching.layout import MAX_LEVELS

# A position's notional at the top of the price domain stays far inside int64, so the core needs no
# overflow check: sums over an account's positions keep a reserve of 64 such positions.
MAX_NOTIONAL_MICROS = 1 << 57
MAX_LEVEL_LOTS = 1 << 31

Fault = tuple[str, str, str]


def faults(spec: ContractSpec) -> Iterator[Fault]:
    """Give (dotted field, reason, advice) for each term that contradicts another."""
    yield from _sections(spec)
    yield from _prices(spec)
    yield from _rates(spec)
    yield from _lots(spec)
    if spec.listing is not None:
        yield from _listing(spec.listing)
    if spec.breaker is not None and not 0 < spec.breaker.move <= 1:
        yield "breaker.move", "is not above 0 and at most 1", "write 0.05 for five percent"
    if spec.session is not None:
        yield from _session(spec.session)


def _session(session: Session) -> Iterator[Fault]:
    if not session.pre_open < session.open < session.close:
        reason = f"{session.pre_open}, {session.open}, {session.close} do not follow on one another"
        yield "session.open", reason, "give pre_open, open and close in this order"
    if session.time_zone not in zoneinfo.available_timezones():
        yield "session.time_zone", "is no time zone", "write an IANA name, as America/Chicago"
    if not known_calendar(session.calendar):
        yield "session.calendar", "is no market code", "write one that `holidays` knows, as XNYS"


def _sections(spec: ContractSpec) -> Iterator[Fault]:
    wanted = ("funding",) if spec.perpetual else ("listing", "settlement", "curve")
    for name in ("listing", "settlement", "curve", "funding"):
        present = getattr(spec, name) is not None
        if name in wanted and not present:
            yield name, f"is missing in a {spec.kind} family", f"add the table [{name}]"
        if present and name not in wanted:
            yield name, f"has no meaning in a {spec.kind} family", f"remove the table [{name}]"
    if spec.perpetual and spec.contract.hours == "month":
        yield "contract.hours", "a perpetual has no contract month", "write a number of GPU-hours"
    if spec.perpetual and spec.limits.spot_month_lots is not None:
        yield "limits.spot_month_lots", "a perpetual has no spot month", "remove it"


def _prices(spec: ContractSpec) -> Iterator[Fault]:
    tick, highest = spec.contract.tick, spec.contract.max_price
    if tick <= 0 or not _whole(tick * MICROS):
        yield (
            "contract.tick",
            f"{tick} is not a whole number of micro-dollars",
            "write 0.01 or the like",
        )
        return
    ticks = highest / tick
    if not 2 <= ticks <= MAX_LEVELS:
        yield (
            "contract.max_price",
            f"{highest} is {ticks:.0f} ticks, outside 2 to {MAX_LEVELS}",
            f"choose at most {tick * MAX_LEVELS} or a larger tick",
        )


def _rates(spec: ContractSpec) -> Iterator[Fault]:
    margin, one = spec.margin, Decimal(1)
    rates = [
        ("margin.initial", margin.initial, one),
        ("margin.maintenance", margin.maintenance, one),
        ("limits.band", spec.limits.band, one),
    ]
    if spec.funding is not None:
        rates.append(("funding.cap", spec.funding.cap, one))
    for field, rate, highest in rates:
        if not 0 < rate <= highest or not _whole(rate * PPM):
            advice = "write 0.20 for 20 %, with at most six decimals"
            yield field, f"{rate} is not a fraction above 0 and up to {highest}", advice
    if margin.maintenance > margin.initial:
        advice = f"choose at most margin.initial ({margin.initial})"
        yield "margin.maintenance", f"{margin.maintenance} is above the initial margin", advice
    if spec.curve is not None and not -5 <= spec.curve.slope_per_year <= 5:
        reason = f"{spec.curve.slope_per_year} is outside -5 to 5"
        yield "curve.slope_per_year", reason, "write the log slope of a year, such as -0.21"


def _lots(spec: ContractSpec) -> Iterator[Fault]:
    limits, fees = spec.limits, spec.fees
    for name, fee in (
        ("maker", fees.maker),
        ("taker", fees.taker),
        ("settlement", fees.settlement),
    ):
        if not 0 <= fee <= 1_000_000 or not _whole(fee * MICROS):
            reason = f"{fee} is not a $ amount of 0 to 1,000,000 in whole micro-dollars"
            yield f"fees.{name}", reason, "write $ per lot, such as 5.50"
    if limits.spot_month_lots is not None and limits.spot_month_lots > limits.single_month_lots:
        reason = f"{limits.spot_month_lots} is above the single-month limit"
        advice = f"choose at most limits.single_month_lots ({limits.single_month_lots})"
        yield "limits.spot_month_lots", reason, advice
    if limits.max_order_lots > limits.single_month_lots:
        reason = f"{limits.max_order_lots} is above the largest position"
        advice = f"choose at most limits.single_month_lots ({limits.single_month_lots})"
        yield "limits.max_order_lots", reason, advice
    if limits.block_lots > limits.single_month_lots:
        reason = f"{limits.block_lots} is above the largest position"
        advice = f"choose at most limits.single_month_lots ({limits.single_month_lots})"
        yield "limits.block_lots", reason, advice
    yield from _levels(spec)
    hours = LONGEST_MONTH_HOURS if spec.contract.hours == "month" else spec.contract.hours
    notional_micros = limits.single_month_lots * hours * spec.contract.max_price * MICROS
    if notional_micros > MAX_NOTIONAL_MICROS:
        reason = f"at max_price the largest position is worth {notional_micros / MICROS:.3g} $"
        advice = f"lower it (or max_price): at most {MAX_NOTIONAL_MICROS / MICROS:.3g} $"
        yield "limits.single_month_lots", reason, advice


def _listing(listing: Listing) -> Iterator[Fault]:
    if listing.listed_months > listing.rule_months:
        reason = f"{listing.listed_months} is more than the rule lists"
        yield "listing.listed_months", reason, f"choose at most {listing.rule_months}"
    try:
        zoneinfo.ZoneInfo(listing.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        reason = f"{listing.time_zone!r} is not a time zone"
        yield "listing.time_zone", reason, "write an IANA name, such as America/Chicago"
    if not known_calendar(listing.calendar):
        reason = f"{listing.calendar!r} is not a known market calendar"
        yield "listing.calendar", reason, "write a market code, such as XNYS"


def _whole(number: Decimal) -> bool:
    return number == number.to_integral_value()


def _levels(spec: ContractSpec) -> Iterator[Fault]:
    limits = spec.limits
    levels = (
        ("reportable_lots", limits.reportable_lots),
        ("accountability_lots", limits.accountability_lots),
        ("all_months_accountability_lots", limits.all_months_accountability_lots),
    )
    for name, lots in levels:
        if lots is not None and lots > MAX_LEVEL_LOTS:
            yield f"limits.{name}", f"{lots} is above {MAX_LEVEL_LOTS}", "remove it, or lower it"
    if limits.max_order_usd is not None and limits.max_order_usd * MICROS > MAX_NOTIONAL_MICROS:
        reason = f"{limits.max_order_usd} $ is more than any order can be worth"
        advice = f"remove it, or choose at most {MAX_NOTIONAL_MICROS // MICROS} $"
        yield "limits.max_order_usd", reason, advice
