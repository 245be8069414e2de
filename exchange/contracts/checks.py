"""What must hold between the terms of a specification, beyond the type of each field."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from exchange.contracts import calendar_checks, matching_checks, price_checks
from exchange.contracts.calendar import LONGEST_MONTH_HOURS
from exchange.contracts.price_checks import Fault, is_whole
from exchange.contracts.terms import MICROS, PPM, ContractSpec, Kind

# A position's notional at the top of the price domain stays far inside int64, so the core needs no
# overflow check: sums over an account's positions keep a reserve of 64 such positions.
MAX_NOTIONAL_MICROS = 1 << 57
MAX_LEVEL_LOTS = 1 << 31

SECTIONS: dict[Kind, frozenset[str]] = {
    "dated": frozenset({"listing", "settlement", "curve", "margin"}),
    "perpetual": frozenset({"funding", "margin"}),
    "calendar_spread": frozenset({"spread"}),
    "product_spread": frozenset({"spread"}),
    "binary": frozenset({"listing", "settlement", "curve", "strikes"}),
}
"""The tables that each kind of family has, beside contract, limits and fees, and session and breaker if any."""

_OF_SOME_KINDS = ("margin", "listing", "settlement", "curve", "funding", "spread", "strikes")


def faults(spec: ContractSpec) -> Iterator[Fault]:
    """Give (dotted field, reason, advice) for each term that contradicts another."""
    lacking = list(_sections(spec))
    yield from lacking
    yield from _kind(spec)
    yield from price_checks.faults(spec)
    yield from _rates(spec)
    yield from _lots(spec)
    yield from matching_checks.faults(spec)
    if not lacking:
        yield from calendar_checks.faults(spec)


def _sections(spec: ContractSpec) -> Iterator[Fault]:
    for name in _OF_SOME_KINDS:
        present = getattr(spec, name) is not None
        wanted = name in SECTIONS[spec.kind]
        if wanted and not present:
            yield name, f"is missing in a {spec.kind} family", f"add the table [{name}]"
        if present and not wanted:
            yield name, f"has no meaning in a {spec.kind} family", f"remove the table [{name}]"


def _kind(spec: ContractSpec) -> Iterator[Fault]:
    hours = spec.contract.hours
    if spec.perpetual and hours == "month":
        yield "contract.hours", "a perpetual has no contract month", "write a number of GPU-hours"
    if (spec.kind in ("calendar_spread", "product_spread")) != (hours == "legs"):
        reason = f"{hours!r} in a {spec.kind} family"
        yield "contract.hours", reason, 'write "legs" in a spread, and only there'
    if spec.kind == "binary" and hours != 1:
        yield "contract.hours", f"{hours!r}: a lot of a binary pays one dollar", "write 1"
    if spec.kind != "dated" and spec.limits.spot_month_lots is not None:
        reason = f"a {spec.kind} family has no spot month limit"
        yield "limits.spot_month_lots", reason, "remove it"
    if spec.spread is not None:
        yield from _legs(spec, spec.spread.legs)


def _legs(spec: ContractSpec, legs: tuple[str, ...]) -> Iterator[Fault]:
    wanted = 1 if spec.kind == "calendar_spread" else 2
    if len(legs) != wanted or len(set(legs)) != len(legs):
        reason = f"{', '.join(legs) or 'nothing'}: a {spec.kind} is made of {wanted} families"
        advice = 'write ["GPU1"]' if wanted == 1 else 'write two, as ["GPU1", "GPU2"]'
        yield "spread.legs", reason, advice
    if spec.fees.settlement:
        yield "fees.settlement", "a spread does not settle: its legs do", "remove it"
    if spec.limits.block_lots != 1:
        yield "limits.block_lots", "a spread has no block trades: its legs have", "remove it"


def _rates(spec: ContractSpec) -> Iterator[Fault]:
    one = Decimal(1)
    rates: list[tuple[str, Decimal]] = []
    if spec.margin is not None:
        rates += [
            ("margin.initial", spec.margin.initial),
            ("margin.maintenance", spec.margin.maintenance),
        ]
    if spec.limits.band is not None:
        rates.append(("limits.band", spec.limits.band))
    if spec.funding is not None:
        rates.append(("funding.cap", spec.funding.cap))
    for field, rate in rates:
        if not 0 < rate <= one or not is_whole(rate * PPM):
            advice = "write 0.20 for 20 %, with at most six decimals"
            yield field, f"{rate} is not a fraction above 0 and up to {one}", advice
    if spec.margin is not None and spec.margin.maintenance > spec.margin.initial:
        advice = f"choose at most margin.initial ({spec.margin.initial})"
        reason = f"{spec.margin.maintenance} is above the initial margin"
        yield "margin.maintenance", reason, advice
    if spec.curve is not None and not -5 <= spec.curve.slope_per_year <= 5:
        reason = f"{spec.curve.slope_per_year} is outside -5 to 5"
        yield "curve.slope_per_year", reason, "write the log slope of a year, such as -0.21"
    if spec.strikes is not None and not 0 <= spec.strikes.volatility_per_year <= 5:
        reason = f"{spec.strikes.volatility_per_year} is outside 0 to 5"
        yield "strikes.volatility_per_year", reason, "write 0.37 for 37 % a year"


def _lots(spec: ContractSpec) -> Iterator[Fault]:
    limits, fees = spec.limits, spec.fees
    for name, fee in (
        ("maker", fees.maker),
        ("taker", fees.taker),
        ("settlement", fees.settlement),
    ):
        if not 0 <= fee <= 1_000_000 or not is_whole(fee * MICROS):
            reason = f"{fee} is not a $ amount of 0 to 1,000,000 in whole micro-dollars"
            yield f"fees.{name}", reason, "write $ per lot, such as 5.50"
    if limits.spot_month_lots is not None and limits.spot_month_lots > limits.single_month_lots:
        reason = f"{limits.spot_month_lots} is above the single-month limit"
        advice = f"choose at most limits.single_month_lots ({limits.single_month_lots})"
        yield "limits.spot_month_lots", reason, advice
    for name, lots in (
        ("max_order_lots", limits.max_order_lots),
        ("block_lots", limits.block_lots),
    ):
        if lots > limits.single_month_lots:
            reason = f"{lots} is above the largest position"
            advice = f"choose at most limits.single_month_lots ({limits.single_month_lots})"
            yield f"limits.{name}", reason, advice
    yield from _levels(spec)
    hours = spec.contract.hours
    longest = hours if isinstance(hours, int) else LONGEST_MONTH_HOURS
    farthest = max(spec.contract.max_price, -(spec.contract.min_price or 0))
    notional_micros = limits.single_month_lots * longest * farthest * MICROS
    if notional_micros > MAX_NOTIONAL_MICROS:
        reason = f"at max_price the largest position is worth {notional_micros / MICROS:.3g} $"
        advice = f"lower it (or max_price): at most {MAX_NOTIONAL_MICROS / MICROS:.3g} $"
        yield "limits.single_month_lots", reason, advice


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
