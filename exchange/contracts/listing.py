"""Which instruments the families list at a given time, as listing commands state them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exchange.contracts import families
from exchange.contracts.outrights import outrights
from exchange.contracts.problems import ContractError, Problem
from exchange.contracts.spreads import spreads
from exchange.contracts.terms import ContractSpec
from exchange.core.instrument import InstrumentSpec


def instruments(
    specs: Iterable[ContractSpec], at_ns: int, index_price_micros: Mapping[str, int]
) -> list[InstrumentSpec]:
    """Return what trades at `at_ns`: the outrights family by family, then the spreads of them.

    A dated family lists its next `listed_months` contract months; the current one counts until its
    last trading instant has passed. index_price_micros: index -> micro-dollars per GPU-hour, from
    which the first marks follow; an underlying's name stands for those of its indices that are not named.

    Raises ContractError where an index has no price, two families share a name or a spread's legs are
    not listed.
    """
    specs = list(specs)
    problems = [Problem(spec.family, 0, *fault) for spec, fault in families.faults(specs)]
    listed: dict[str, InstrumentSpec] = {}
    for spec in specs:
        if spec.spread is not None or problems:
            continue
        index_micros = index_price_micros.get(
            spec.index, index_price_micros.get(spec.underlying, 0)
        )
        if index_micros <= 0:
            reason = f"there is no index price of {spec.underlying}"
            problems.append(
                Problem(spec.family, 0, "underlying", reason, "give observed prices of it")
            )
            continue
        listed |= {each.name: each for each in outrights(spec, at_ns, index_micros)}
    if problems:
        raise ContractError(problems)
    named = {spec.family: spec for spec in specs}
    for spec in specs:
        listed |= {each.name: each for each in spreads(spec, named, listed, at_ns)}
    return list(listed.values())
