"""What must hold of ticks, price domains, bands, breakers and strikes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from exchange.contracts.terms import MICROS, ContractSpec
from matching.layout import MAX_LEVELS

LARGEST_TICK = Decimal("0.5")
"""A GPU-hour costs a few dollars: a coarser tick is a price in cents, or per day."""

Fault = tuple[str, str, str]


def faults(spec: ContractSpec) -> Iterator[Fault]:
    """Give (dotted field, reason, advice) for each price term that contradicts another."""
    tick = spec.contract.tick
    if tick <= 0 or not is_whole(tick * MICROS):
        reason = f"{tick} is not a whole number of micro-dollars"
        yield "contract.tick", reason, "write 0.01 or the like"
        return
    if tick > LARGEST_TICK:
        reason = f"{tick} is above {LARGEST_TICK}: prices are $ per GPU-hour"
        yield "contract.tick", reason, "write dollars, such as 0.01 for a cent"
        return
    yield from _domain(spec)
    yield from _band(spec)
    if spec.breaker is not None:
        yield from _breaker(spec)
    if spec.strikes is not None and (
        spec.strikes.step <= 0 or not is_whole(spec.strikes.step * MICROS)
    ):
        reason = f"{spec.strikes.step} is not a whole number of micro-dollars above 0"
        yield "strikes.step", reason, "write $ per GPU-hour, such as 0.10"


def is_whole(number: Decimal) -> bool:
    """Return whether a decimal has no fraction."""
    return number == number.to_integral_value()


def may_be_zero(spec: ContractSpec) -> bool:
    """Return whether the family's prices may lie at or near zero, where a share of the price says nothing."""
    return spec.spread is not None or spec.kind == "binary"


def _domain(spec: ContractSpec) -> Iterator[Fault]:
    contract = spec.contract
    tick, highest, lowest = contract.tick, contract.max_price, contract.min_price
    for field, price in (("max_price", highest), ("min_price", lowest)):
        if price is not None and not is_whole(price / tick):
            reason = f"{price} is not a multiple of the tick {tick}"
            yield f"contract.{field}", reason, "choose a whole number of ticks"
    if spec.spread is None and lowest is not None and lowest <= 0:
        reason = f"{lowest} is not above 0: only a spread's price may be negative"
        yield "contract.min_price", reason, "remove it"
        return
    if spec.spread is not None and lowest is None:
        reason = "is missing: a spread's price may be negative"
        yield "contract.min_price", reason, "write the lowest price, such as -20.00"
        return
    if spec.kind == "binary" and highest != 1:
        reason = f"{highest} is not 1: a binary pays one dollar or nothing"
        yield "contract.max_price", reason, "write 1.00"
    ticks = (highest - (tick if lowest is None else lowest)) / tick + 1
    if not 2 <= ticks <= MAX_LEVELS:
        yield (
            "contract.max_price",
            f"{highest} is {ticks:.0f} ticks, outside 2 to {MAX_LEVELS}",
            f"choose at most {tick * MAX_LEVELS} or a larger tick",
        )


def _band(spec: ContractSpec) -> Iterator[Fault]:
    limits = spec.limits
    if limits.band is None and limits.band_usd is None:
        name = "band_usd" if may_be_zero(spec) else "band"
        advice = (
            f"write limits.{name}: {'$ per GPU-hour' if may_be_zero(spec) else '0.10 for 10 %'}"
        )
        yield f"limits.{name}", "is missing", advice
    elif limits.band is not None and limits.band_usd is not None:
        yield "limits.band_usd", "stands beside limits.band", "remove one of the two"
    elif limits.band is not None and may_be_zero(spec):
        reason = "is a share of a price that may be zero"
        yield "limits.band", reason, "write limits.band_usd in $ per GPU-hour"
    if limits.band_usd is not None:
        yield from _in_ticks(spec, "limits.band_usd", limits.band_usd)


def _breaker(spec: ContractSpec) -> Iterator[Fault]:
    breaker = spec.breaker
    if breaker is None:
        return
    if (breaker.move is None) == (breaker.move_usd is None):
        reason = "needs one of move and move_usd"
        yield "breaker.move", reason, "write move = 0.05 for five percent, or move_usd"
    elif breaker.move is not None and may_be_zero(spec):
        reason = "is a share of a price that may be zero"
        yield "breaker.move", reason, "write breaker.move_usd in $ per GPU-hour"
    if breaker.move is not None and not 0 < breaker.move <= 1:
        yield "breaker.move", "is not above 0 and at most 1", "write 0.05 for five percent"
    if breaker.move_usd is not None:
        yield from _in_ticks(spec, "breaker.move_usd", breaker.move_usd)


def _in_ticks(spec: ContractSpec, field: str, dollars: Decimal) -> Iterator[Fault]:
    tick, contract = spec.contract.tick, spec.contract
    if dollars <= 0 or not is_whole(dollars / tick):
        reason = f"{dollars} is not a multiple of the tick {tick}"
        yield field, reason, "choose a whole number of ticks above 0"
    elif dollars > max(tick, contract.max_price - (contract.min_price or 0)):
        yield field, f"{dollars} is wider than all prices", "choose a narrower one"
