"""What must hold between families: unique codes, and spreads whose legs exist and fit each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from exchange.contracts.price_checks import Fault
from exchange.contracts.terms import ContractSpec


def faults(specs: Sequence[ContractSpec]) -> Iterator[tuple[ContractSpec, Fault]]:
    """Give each family with what is wrong between it and the others: (field, reason, advice)."""
    families: dict[str, ContractSpec] = {}
    for spec in specs:
        if spec.family in families:
            yield spec, ("family", "is specified twice", "rename or remove one")
        families[spec.family] = spec
    for spec in specs:
        for fault in _legs(spec, families):
            yield spec, fault


def _legs(spec: ContractSpec, families: Mapping[str, ContractSpec]) -> Iterator[Fault]:
    if spec.spread is None:
        return
    legs: list[ContractSpec] = []
    for code in spec.legs:
        leg = families.get(code)
        if leg is None:
            close = get_close_matches(code, (f for f in families if families[f].kind == "dated"), 1)
            advice = f"did you mean {close[0]}?" if close else "list that family too"
            yield "spread.legs", f"there is no family {code}", advice
        elif leg.kind != "dated":
            reason = f"{code} is a {leg.kind} family: a spread is made of dated futures"
            yield "spread.legs", reason, "name families of dated futures"
        else:
            legs.append(leg)
    if len(legs) == len(spec.legs):
        yield from _fit(spec, spec.spread.listed, legs)


def _fit(spec: ContractSpec, count: int, legs: Sequence[ContractSpec]) -> Iterator[Fault]:
    first = legs[0]
    for field in ("underlying", "index"):
        if getattr(spec, field) != getattr(first, field):
            reason = (
                f"{getattr(spec, field)} is not {getattr(first, field)}, that of {first.family}"
            )
            yield field, reason, f"write that of the first leg, {getattr(first, field)!r}"
    for leg in legs:
        if leg.tick_micros % spec.tick_micros:
            reason = f"{spec.contract.tick} does not divide {leg.contract.tick}, the tick of {leg.family}"
            advice = f"choose {leg.contract.tick} or a whole part of it"
            yield "contract.tick", reason, advice
    if spec.spread is not None and spec.spread.implied:
        yield from _implied(spec, legs)
    listings = [leg.listing for leg in legs if leg.listing is not None]
    months = min(listing.listed_months for listing in listings)
    most = months - 1 if spec.kind == "calendar_spread" else months
    if len({listing.cycle for listing in listings}) > 1:
        reason = "the legs list different months: one is monthly, the other quarterly"
        yield "spread.legs", reason, "name families of one cycle"
    elif count > most:
        reason = f"{count} is more than the {most} that the listed months of the legs make"
        yield "spread.listed", reason, f"choose at most {most}, or list more months of the legs"


def _implied(spec: ContractSpec, legs: Sequence[ContractSpec]) -> Iterator[Fault]:
    """Give why implied orders are not to be had: another tick, different hours, another algorithm."""
    for leg in legs:
        if leg.tick_micros != spec.tick_micros and leg.tick_micros % spec.tick_micros == 0:
            reason = f"the tick is {spec.contract.tick}, that of {leg.family} {leg.contract.tick}"
            yield "spread.implied", reason, "choose the tick of the legs, or write false"
    for each in (spec, *legs):
        if each.matching != "price_time":
            reason = f"{each.family} matches by {each.matching}"
            yield "spread.implied", reason, "write false: implied orders need price_time"
    hours = {leg.contract.hours for leg in legs}
    if len(hours) > 1 or (spec.kind == "calendar_spread" and hours == {"month"}):
        told = " and ".join(f"{leg.family}: {leg.contract.hours}" for leg in legs)
        reason = f"the legs have different hours ({told})"
        yield "spread.implied", reason, "write false: implied orders need legs of equal hours"
