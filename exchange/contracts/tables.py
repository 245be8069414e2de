"""Families and what they list, as tables for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.table import Table

from exchange.contracts.calendar import NS_PER_SECOND, holiday_names
from exchange.contracts.months import fixing_instants_ns, month_of_expiry
from exchange.contracts.terms import ContractSpec
from exchange.core.instrument import InstrumentSpec

_KINDS = ("dated", "perpetual", "binary", "calendar_spread", "product_spread")


def families(specs: Iterable[ContractSpec]) -> Table:
    """Return a row a family, by kind: its index, unit, tick, listing and settlement."""
    table = Table(title="Product families")
    table.add_column("family", no_wrap=True)
    table.add_column("index", no_wrap=True)
    for column in ("lot", "tick $", "listed", "settles on"):
        table.add_column(column)
    former = ""
    for spec in sorted(specs, key=lambda spec: _KINDS.index(spec.kind)):
        if former not in ("", spec.kind):
            table.add_section()
        former = spec.kind
        cells = (_lot(spec), f"{spec.contract.tick}", _listed(spec), _settles(spec))
        table.add_row(spec.family, spec.index, *cells)
    return table


def terms(spec: ContractSpec) -> Table:
    """Return the terms of a family, a row each."""
    limits, fees = spec.limits, spec.fees
    band = f"{limits.band:.0%} of the mark" if limits.band else f"{limits.band_usd} $ from the mark"
    rows = [
        ("title", spec.title),
        ("index", f"{spec.index} ({spec.underlying})"),
        ("lot", _lot(spec)),
        ("tick", f"{spec.contract.tick} $ per GPU-hour"),
        ("listed", _listed(spec)),
        ("last trading", _last_trading(spec)),
        ("settles on", _settles(spec)),
        ("missing day", _fallback(spec)),
        ("margin", _margin(spec)),
        ("band", band),
        (
            "largest order, position",
            f"{limits.max_order_lots:,}, {limits.single_month_lots:,} lots",
        ),
        (
            "spot month limit",
            f"{limits.spot_month_lots:,} lots" if limits.spot_month_lots else "none",
        ),
        (
            "fees a lot",
            f"maker {fees.maker} $, taker {fees.taker} $, settlement {fees.settlement} $",
        ),
        ("matching", _matching(spec)),
        ("hours", _hours(spec)),
    ]
    table = Table("term", "value", title=spec.family, show_header=False)
    for name, value in rows:
        table.add_row(name, value)
    return table


def _matching(spec: ContractSpec) -> str:
    """Return the algorithm with the numbers that it has."""
    words = [spec.matching.replace("_", "-")]
    if spec.minimum_allocation_lots is not None:
        words.append(f"at least {spec.minimum_allocation_lots:,} lots")
    if spec.top_order_lots is not None:
        words.append(f"top order up to {spec.top_order_lots:,} lots")
    if spec.top_order_share is not None:
        words.append(f"and {spec.top_order_share:%} of an aggressor")
    if spec.batch_interval_ms is not None:
        words.append(f"every {spec.batch_interval_ms:,} ms")
    return ", ".join(words)


def instruments(spec: ContractSpec, listed: Iterable[InstrumentSpec]) -> Table:
    """Return a row an instrument: its end, its hours, its fixings or legs, and its first mark."""
    table = Table(title=f"{spec.family}: instruments, times in UTC")
    table.add_column("instrument", no_wrap=True)
    for column in ("last trade", "hours", "mark $"):
        table.add_column(column, justify="right")
    table.add_column("legs" if spec.legs else "fixings")
    for each in listed:
        legs = "\n".join(f"{leg.ratio:+d} {leg.instrument}" for leg in each.legs)
        table.add_row(
            each.name,
            _moment(each.expiry_ns),
            str(each.contract_hours),
            f"{each.reference_ticks * spec.contract.tick:f}",
            legs or _fixings(spec, each),
        )
    return table


def closed_days(spec: ContractSpec, listed: Iterable[InstrumentSpec]) -> str:
    """Return the holidays in the contract months of a family that settles on business days, in words."""
    if spec.listing is None or spec.settlement is None:
        return ""
    if spec.settlement.fixings != "business_days":
        return ""
    months = sorted({month_of_expiry(each.expiry_ns, spec.listing) for each in listed})
    closed = [
        f"{day} {name}"
        for month in months
        for day, name in holiday_names(month, spec.listing.calendar)
    ]
    return f"no fixing on: {', '.join(closed)}" if closed else ""


def _lot(spec: ContractSpec) -> str:
    hours = spec.contract.hours
    if hours == "legs":
        return f"a lot of {' and of '.join(dict.fromkeys(spec.legs))}"
    if spec.kind == "binary":
        return "1 $ or nothing"
    if hours == "month":
        return "hours of the month"
    return "1 GPU-hour" if hours == 1 else f"{hours} GPU-hours"


def _listed(spec: ContractSpec) -> str:
    if spec.spread is not None:
        what = "pairs of months" if spec.kind == "calendar_spread" else "months"
        return f"nearest {spec.spread.listed} {what}"
    if spec.listing is None:
        return "always"
    rule = spec.listing
    months = "months" if rule.cycle == "monthly" else "quarters"
    beside = f" x {2 * spec.strikes.each_side + 1} strikes" if spec.strikes else ""
    return f"{rule.listed_months} of {rule.rule_months} {months}{beside}"


def _last_trading(spec: ContractSpec) -> str:
    if spec.listing is None:
        return "with its nearest leg" if spec.spread else "never"
    rule = spec.listing
    place = f"{rule.last_trading_time} {rule.time_zone}"
    return f"{rule.last_trading_day.replace('_', ' ')} of the contract month, {place}"


def _settles(spec: ContractSpec) -> str:
    if spec.settlement is None:
        return "its legs" if spec.spread else "nothing: funded"
    means = {
        "business_days": "mean of business days",
        "all_days": "mean of all days",
        "quarter_days": "mean of all days of the quarter",
        "last_day": "last day",
    }
    return means[spec.settlement.fixings]


def _fallback(spec: ContractSpec) -> str:
    rule = spec.settlement
    if rule is None:
        return "not applicable"
    back = f"last value of the {rule.look_back_days} days before" if rule.look_back_days else "none"
    return f"{back}, else left out; an operator decides below {rule.fewest_fixings} fixings"


def _margin(spec: ContractSpec) -> str:
    if spec.margin is None:
        return "that of the legs" if spec.spread else "what can be lost"
    initial, maintenance = spec.margin.initial, spec.margin.maintenance
    margin_class = spec.margin.margin_class or spec.underlying
    return f"class {margin_class}; flat {initial:.0%}, maintenance {maintenance:.0%}"


def _hours(spec: ContractSpec) -> str:
    session = spec.session
    if session is None:
        return "round the clock"
    days = "business days" if session.days == "business_days" else "every day"
    return f"{session.open}-{session.close} {session.time_zone}, {days}"


def _moment(ts_ns: int) -> str:
    if not ts_ns:
        return "never"
    return f"{datetime.fromtimestamp(ts_ns // NS_PER_SECOND, UTC):%d %b %y %H:%M}"


def _fixings(spec: ContractSpec, each: InstrumentSpec) -> str:
    if spec.listing is None or spec.settlement is None:
        return "none"
    instants = fixing_instants_ns(spec, month_of_expiry(each.expiry_ns, spec.listing))
    days = [f"{datetime.fromtimestamp(ts // NS_PER_SECOND, UTC):%d %b}" for ts in instants]
    return days[0] if len(days) == 1 else f"{len(days)}: {days[0]} to {days[-1]}"
