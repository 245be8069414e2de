"""The core's InstrumentSpec of one listed contract, from the terms of its family."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from exchange.contracts.calendar import NS_PER_SECOND
from exchange.contracts.terms import MICROS, PPM, ContractSpec
from exchange.core.instrument import InstrumentSpec, Leg
from matching.layout import LEVELS_STEP


def instrument(
    spec: ContractSpec,
    *,
    name: str,
    hours: int,
    created_ns: int,
    expiry_ns: int,
    reference_micros: float,
    legs: tuple[Leg, ...] = (),
    strike_micros: int = 0,
) -> InstrumentSpec:
    """Return an instrument with the terms of its family.

    reference_micros: the first mark, moved to the nearest tick of the price domain. A family without
    margin of its own has the whole notional as flat margin: a spread's margin is that of its legs, a
    binary's is what it can lose.
    """
    base_ticks, levels = price_domain(spec)
    top_ticks = base_ticks + levels - 1
    payoff: Literal["linear", "binary"] = "linear"
    if spec.kind == "binary":
        payoff, top_ticks = "binary", spec.max_price_ticks - 1
    lowest_ticks = base_ticks if legs else max(base_ticks, 1)
    reference_ticks = round(reference_micros / spec.tick_micros)
    limits, breaker, margin = spec.limits, spec.breaker, spec.margin
    return InstrumentSpec(
        name=name,
        family=spec.family,
        underlying=spec.underlying,
        index=spec.index,
        perpetual=spec.perpetual,
        tick_micros=spec.tick_micros,
        contract_hours=hours,
        created_ns=created_ns,
        expiry_ns=expiry_ns,
        base_ticks=base_ticks,
        levels=levels,
        reference_ticks=min(max(reference_ticks, lowest_ticks), top_ticks),
        initial_margin_ppm=margin.initial_ppm if margin else PPM,
        maintenance_margin_ppm=margin.maintenance_ppm if margin else PPM,
        band_ppm=limits.band_ppm,
        band_ticks=_ticks(spec, limits.band_usd),
        max_order_lots=limits.max_order_lots,
        max_position_lots=limits.single_month_lots,
        maker_fee_micros=spec.fees.maker_micros,
        taker_fee_micros=spec.fees.taker_micros,
        settlement_fee_micros=0 if spec.perpetual else spec.fees.settlement_micros,
        block_minimum_lots=0 if legs else limits.block_lots,
        max_order_micros=(limits.max_order_usd or 0) * MICROS,
        reportable_lots=limits.reportable_lots or 0,
        accountability_lots=limits.accountability_lots or 0,
        family_accountability_lots=limits.all_months_accountability_lots or 0,
        breaker_move_ppm=breaker.move_ppm if breaker else 0,
        breaker_move_ticks=_ticks(spec, breaker.move_usd) if breaker else 0,
        breaker_window_ns=breaker.window_seconds * NS_PER_SECOND if breaker else 0,
        breaker_pause_ns=breaker.pause_seconds * NS_PER_SECOND if breaker else 0,
        breaker_max_extensions=breaker.max_extensions if breaker else 0,
        matching=spec.matching,
        minimum_allocation_lots=spec.minimum_allocation_lots or 1,
        top_order_ppm=PPM if spec.top_order_share is None else int(spec.top_order_share * PPM),
        top_order_lots=spec.top_order_lots or 0,
        batch_interval_ns=(spec.batch_interval_ms or 0) * (NS_PER_SECOND // 1_000),
        legs=legs,
        implied=bool(legs and spec.spread and spec.spread.implied),
        payoff=payoff,
        strike_micros=strike_micros,
    )


def price_domain(spec: ContractSpec) -> tuple[int, int]:
    """Return the lowest price in ticks and the number of price levels, in whole steps of the ladder.

    The lowest price of an outright is one tick, so that a book itself refuses a price of zero; a binary's
    ladder begins at zero, which it never trades at.
    """
    base_ticks = 0 if spec.kind == "binary" else spec.min_price_ticks
    prices = spec.max_price_ticks - base_ticks + 1
    return base_ticks, -(-prices // LEVELS_STEP) * LEVELS_STEP


def _ticks(spec: ContractSpec, dollars: Decimal | None) -> int:
    return 0 if dollars is None else int(dollars / spec.contract.tick)
