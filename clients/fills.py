"""Which fills were seen already: one may come in an answer, in a channel and in a query."""

from __future__ import annotations

from collections import deque

from clients.messages import UserTrade


class SeenFills:
    """The last ``limit`` fills by (trade_id, order_id), so that each counts once.

    The order belongs to the key because a trade of the account with itself is two fills.
    """

    def __init__(self, limit: int = 65_536) -> None:
        self.last_ns = 0
        self._keys: set[tuple[str, str]] = set()
        self._order: deque[tuple[str, str]] = deque()
        self._limit = limit

    def first(self, fill: UserTrade) -> bool:
        """Remember a fill and return whether it is new."""
        key = (fill.trade_id, fill.order_id)
        if key in self._keys:
            return False
        self._keys.add(key)
        self._order.append(key)
        if len(self._order) > self._limit:
            self._keys.discard(self._order.popleft())
        self.last_ns = max(self.last_ns, fill.ts_ns)
        return True
