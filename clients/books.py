"""One instrument's book as a client keeps it, in ticks and lots."""

from __future__ import annotations

from typing import cast

from clients.messages import BookUpdate
from marketdata.depth import DepthReplica
from matching.layout import Side

Levels = list[tuple[int, int]]
"""(price_ticks, qty_lots), best first."""


class Book:
    """The depth rebuilt from a snapshot and the changes after it."""

    def __init__(self, instrument: str) -> None:
        self.instrument = instrument
        self.ts_ns = 0
        self._replica = DepthReplica()

    @property
    def change_id(self) -> int | None:
        """Id of the last change in it; None while it waits for a snapshot."""
        return self._replica.change_id

    def apply(self, update: BookUpdate) -> bool:
        """Apply an update and return whether it was news (a repeated change is not).

        Raises marketdata.depth.SequenceGap when changes were missed; only a snapshot helps then.
        """
        last = self._replica.change_id
        if not update.is_snapshot and last is not None and update.change_id <= last:
            return False
        self._replica.apply(
            {
                "type": "snapshot" if update.is_snapshot else "change",
                "change_id": update.change_id,
                "prev_change_id": update.prev_change_id,
                "bids": update.bids,
                "asks": update.asks,
            }
        )
        self.ts_ns = update.ts_ns
        return True

    def bids(self, n: int | None = None) -> Levels:
        """Return the best n bids, all for None."""
        return cast("Levels", self._replica.levels(Side.BUY, n))

    def asks(self, n: int | None = None) -> Levels:
        """Return the best n asks, all for None."""
        return cast("Levels", self._replica.levels(Side.SELL, n))

    @property
    def best_bid_ticks(self) -> int | None:
        """Highest price that someone pays."""
        best = self.bids(1)
        return best[0][0] if best else None

    @property
    def best_ask_ticks(self) -> int | None:
        """Lowest price that someone takes."""
        best = self.asks(1)
        return best[0][0] if best else None

    @property
    def mid_ticks(self) -> float | None:
        """Middle of the best prices, None where a side is empty."""
        bid, ask = self.best_bid_ticks, self.best_ask_ticks
        return None if bid is None or ask is None else (bid + ask) / 2
