"""Contracts that stand by themselves: dated futures, perpetuals, binaries on a month's mean."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from exchange.contracts import names
from exchange.contracts.building import instrument
from exchange.contracts.first_marks import chance_above, forward_micros, mean_variance_years
from exchange.contracts.months import contract_hours, contract_months, expiry_ns
from exchange.contracts.terms import MICROS, ContractSpec, Strikes
from exchange.core.instrument import PAYOUT_MICROS, InstrumentSpec


def outrights(spec: ContractSpec, at_ns: int, index_micros: int) -> Iterator[InstrumentSpec]:
    """Give what a family that is no spread lists at a time, in order of expiry and strike.

    index_micros: micro-dollars per GPU-hour, from which first marks and strikes follow.
    """
    if spec.listing is None:
        yield instrument(
            spec,
            name=names.perpetual_name(spec.family),
            hours=int(spec.contract.hours),
            created_ns=at_ns,
            expiry_ns=0,
            reference_micros=float(index_micros),
        )
    elif spec.strikes is not None:
        yield from _binaries(spec, spec.strikes, at_ns, index_micros)
    else:
        for month in contract_months(spec.listing, at_ns):
            yield instrument(
                spec,
                name=names.dated_name(spec.family, month, spec.listing),
                hours=contract_hours(spec, month),
                created_ns=at_ns,
                expiry_ns=expiry_ns(month, spec.listing),
                reference_micros=forward_micros(spec, month, at_ns, index_micros),
            )


def listed_strikes(strikes: Strikes, index_micros: int) -> list[Decimal]:
    """Return the strikes around an index price in $ per GPU-hour, lowest first; all are above zero."""
    nearest = int((Decimal(index_micros) / MICROS / strikes.step).to_integral_value(ROUND_HALF_UP))
    steps = range(nearest - strikes.each_side, nearest + strikes.each_side + 1)
    return [strikes.step * step for step in steps if step > 0]


def _binaries(
    spec: ContractSpec, strikes: Strikes, at_ns: int, index_micros: int
) -> Iterator[InstrumentSpec]:
    if spec.listing is None:
        return
    for month in contract_months(spec.listing, at_ns):
        forward = forward_micros(spec, month, at_ns, index_micros)
        variance_years = mean_variance_years(spec, month, at_ns)
        for strike in listed_strikes(strikes, index_micros):
            strike_micros = int(strike * MICROS)
            chance = chance_above(
                forward, strike_micros, float(strikes.volatility_per_year), variance_years
            )
            yield instrument(
                spec,
                name=names.binary_name(spec.family, month, spec.listing, strike),
                hours=contract_hours(spec, month),
                created_ns=at_ns,
                expiry_ns=expiry_ns(month, spec.listing),
                reference_micros=chance * PAYOUT_MICROS,
                strike_micros=strike_micros,
            )
