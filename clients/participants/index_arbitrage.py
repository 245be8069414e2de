"""An arbitrageur of two indices: GPU1 against HPR, the same accelerator on two methodologies.

Decision rule: ``pair_arbitrage`` on the same month of both families, equal GPU-hours. The basis comes
back as lists follow deals; it fails where the basis goes from 10 % to 40 % and stays.
"""

from __future__ import annotations

from clients.participants.months import family_pairs, same_months
from clients.participants.pair_arbitrage import PairArbitrage, PairParams
from clients.view import MarketView
from marketdata.messages import Instrument


class IndexArbitrageParams(PairParams, frozen=True, kw_only=True):
    """Parameters; pairs: broad family : transaction family, by commas."""

    pairs: str = "GPU1:HPR,GPU2:BKL"


class IndexArbitrage(PairArbitrage):
    """Holds one index's futures against the other's."""

    kind = "index-arbitrage"

    def __init__(self, name: str, seed: int, params: IndexArbitrageParams) -> None:
        super().__init__(name, seed, params)
        self._families = family_pairs(params.pairs)

    def pairs(self, view: MarketView) -> list[tuple[Instrument, Instrument]]:
        """Return the same months of the families, nearest first."""
        found = [
            pair
            for first, second in self._families
            for pair in same_months(view.instruments.values(), first, second)
        ]
        return sorted(found, key=lambda pair: pair[0].expiry_ns)
