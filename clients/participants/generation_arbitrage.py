"""An arbitrageur of two generations of accelerators: H100 against B200.

Decision rule: ``pair_arbitrage`` on the same month of both families with legs of equal value, so that a
move of all GPU prices together is no risk. It fails at a launch, which steps one of them down for good.
"""

from __future__ import annotations

from clients.participants.index_arbitrage import IndexArbitrage, IndexArbitrageParams


class GenerationArbitrageParams(IndexArbitrageParams, frozen=True, kw_only=True):
    """Parameters; pairs: older : newer generation, by commas."""

    pairs: str = "GPU1:GPU2,HPR:BKL"


class GenerationArbitrage(IndexArbitrage):
    """Holds one generation's futures against the other's, at equal value."""

    kind = "generation-arbitrage"
    value_neutral = True
