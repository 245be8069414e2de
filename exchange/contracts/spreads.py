"""Spreads: two listed contracts bought and sold as one, at the difference of their prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from exchange.contracts import names
from exchange.contracts.building import instrument
from exchange.contracts.months import contract_months, expiry_ns
from exchange.contracts.terms import ContractSpec, Listing
from exchange.core.instrument import InstrumentSpec, Leg

Listed = Mapping[str, InstrumentSpec]


def spreads(
    spec: ContractSpec, families: Mapping[str, ContractSpec], listed: Listed, at_ns: int
) -> Iterator[InstrumentSpec]:
    """Give the spreads that a family lists at a time, the nearest first.

    families, listed: the families by code and their listed contracts by name. A spread ends with its
    nearest leg. A family whose legs are missing gives none (families.faults tells).
    """
    if spec.spread is None or any(leg not in families for leg in spec.legs):
        return
    rules = [families[leg].listing for leg in spec.legs]
    bought, sold = rules[0], rules[-1]
    if bought is None or sold is None:
        return
    pairs = (
        _calendar(spec, bought, at_ns)
        if spec.kind == "calendar_spread"
        else _products(spec, bought, sold, at_ns)
    )
    for number, (name, buys, sells) in enumerate(pairs):
        if number == spec.spread.listed:
            return
        yield _spread(spec, name, listed[buys], listed[sells], at_ns)


def _calendar(spec: ContractSpec, listing: Listing, at_ns: int) -> Iterator[tuple[str, str, str]]:
    """Give (name, bought, sold) of each pair of consecutive months: the later is bought."""
    (leg,) = spec.legs
    for near, far in pairwise(contract_months(listing, at_ns)):
        yield (
            names.calendar_spread_name(spec.family, far, near, listing),
            names.dated_name(leg, far, listing),
            names.dated_name(leg, near, listing),
        )


def _products(
    spec: ContractSpec, bought: Listing, sold: Listing, at_ns: int
) -> Iterator[tuple[str, str, str]]:
    """Give (name, bought, sold) of each month that both families list, named by the sooner end."""
    buys, sells = spec.legs
    others = contract_months(sold, at_ns)
    for month in contract_months(bought, at_ns):
        if month in others:
            ends = bought if expiry_ns(month, bought) <= expiry_ns(month, sold) else sold
            yield (
                names.dated_name(spec.family, month, ends),
                names.dated_name(buys, month, bought),
                names.dated_name(sells, month, sold),
            )


def _spread(
    spec: ContractSpec, name: str, bought: InstrumentSpec, sold: InstrumentSpec, at_ns: int
) -> InstrumentSpec:
    difference_micros = (
        bought.reference_ticks * bought.tick_micros - sold.reference_ticks * sold.tick_micros
    )
    return instrument(
        spec,
        name=name,
        hours=bought.contract_hours,
        created_ns=at_ns,
        expiry_ns=min(bought.expiry_ns, sold.expiry_ns),
        reference_micros=float(difference_micros),
        legs=(Leg(bought.name, 1), Leg(sold.name, -1)),
    )
