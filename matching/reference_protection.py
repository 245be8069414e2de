"""Market-maker protection: what one owner traded in one family of books within an interval."""

from __future__ import annotations

from dataclasses import dataclass

from matching.layout import FROZEN_FOR_GOOD


@dataclass
class Protection:
    """Limits (0: none) and counts; an interval of 0 means that the owner has no protection."""

    owner: int
    family: int
    interval_ns: int
    frozen_ns: int
    qty_limit_lots: int
    delta_limit: int
    start_ns: int | None = None
    qty_lots: int = 0
    delta: int = 0
    frozen_until_ns: int = 0

    def count(self, lots: int, delta: int, now_ns: int) -> None:
        """Count an execution; the first one, and one at the interval's end, begin an interval."""
        if self.start_ns is None or now_ns >= self.start_ns + self.interval_ns:
            self.start_ns, self.qty_lots, self.delta = now_ns, 0, 0
        self.qty_lots += lots
        self.delta += delta

    @property
    def breached(self) -> bool:
        """Whether a limit is reached."""
        lots = 0 < self.qty_limit_lots <= self.qty_lots
        return lots or 0 < self.delta_limit <= abs(self.delta)

    def freeze(self, now_ns: int) -> None:
        """Refuse orders for the frozen time, for good where that is 0; the counts begin anew."""
        self.start_ns, self.qty_lots, self.delta = None, 0, 0
        self.frozen_until_ns = now_ns + self.frozen_ns if self.frozen_ns else FROZEN_FOR_GOOD

    def frozen(self, now_ns: int) -> bool:
        """Whether orders are refused now."""
        return self.frozen_until_ns == FROZEN_FOR_GOOD or now_ns < self.frozen_until_ns
