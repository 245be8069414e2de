"""A second, plain reckoning of what positions must hold, and instruments to hold."""

from __future__ import annotations

from exchange.core.instrument import InstrumentSpec

EXPIRY_NS = 1_798_754_400_000_000_000  # 2026-12-31 16:00 in Chicago


def instrument(
    family: str = "GPU1",
    underlying: str = "H100",
    index: str = "h100_usd",
    *,
    initial_margin_ppm: int = 200_000,
    perpetual: bool = False,
    expiry_ns: int = EXPIRY_NS,
) -> InstrumentSpec:
    """An instrument of which only the named terms matter to its scenarios."""
    return InstrumentSpec(
        name=f"{family}-X",
        family=family,
        underlying=underlying,
        index=index,
        perpetual=perpetual,
        tick_micros=10_000,
        contract_hours=730,
        created_ns=0,
        expiry_ns=0 if perpetual else expiry_ns,
        base_ticks=1,
        levels=4096,
        reference_ticks=250,
        initial_margin_ppm=initial_margin_ppm,
        maintenance_margin_ppm=initial_margin_ppm * 3 // 4,
        band_ppm=100_000,
        max_order_lots=2_500,
        max_position_lots=15_000,
        maker_fee_micros=0,
        taker_fee_micros=0,
    )


def requirement(positions: list[tuple[float, list[int]]]) -> float:
    """The worst loss of (signed value, shocks in ppm) positions over the scenarios, at least 0."""
    losses = [
        -sum(value * shocks[column] / 1e6 for value, shocks in positions) for column in range(24)
    ]
    return max(0.0, *losses)
