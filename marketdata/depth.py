"""Level-two depth of one instrument, and the copy of it that a client rebuilds from messages."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal

from sortedcontainers import SortedDict

from matching.layout import Side

Action = Literal["new", "change", "delete"]


def action_of(former_lots: int, qty_lots: int) -> Action | None:
    """Name what turns one level size into another; 0 is no level, None is no change."""
    if former_lots == qty_lots:
        return None
    if former_lots == 0:
        return "new"
    return "delete" if qty_lots == 0 else "change"


class Depth:
    """Open lots at every price of one instrument, best price first on each side."""

    __slots__ = ("_lots", "_prices")

    def __init__(self) -> None:
        # Sorted lists, because a price is near others: an insertion moves a few kilobytes at most
        # in one step, which is several times quicker than a tree of Python objects.
        self._prices: tuple[list[int], list[int]] = ([], [])
        self._lots: tuple[dict[int, int], dict[int, int]] = ({}, {})

    def replace(self, side: int, price_ticks: int, qty_lots: int) -> int:
        """Set the size at a price as ``set`` does, and return the size that was there."""
        lots = self._lots[side]
        former_lots = lots.get(price_ticks, 0)
        if qty_lots > 0:
            if not former_lots:
                insort(self._prices[side], price_ticks)
            lots[price_ticks] = qty_lots
        elif qty_lots < 0:
            raise ValueError(f"qty_lots {qty_lots} is negative")
        elif former_lots:
            del lots[price_ticks]
            prices = self._prices[side]
            del prices[bisect_left(prices, price_ticks)]
        return former_lots

    def set(self, side: int, price_ticks: int, qty_lots: int) -> Action | None:
        """Replace the size at a price, 0 removes it, and name what that was.

        Raises ValueError for a negative size.
        """
        return action_of(self.replace(side, price_ticks, qty_lots), qty_lots)

    def qty_lots(self, side: int, price_ticks: int) -> int:
        """Return the size at a price, 0 where there is no level."""
        return self._lots[side].get(price_ticks, 0)

    def best(self, side: int) -> tuple[int, int] | None:
        """Return (price_ticks, qty_lots) of the best level of a side, None when it is empty."""
        prices = self._prices[side]
        if not prices:
            return None
        price_ticks = prices[0 if side else -1]
        return price_ticks, self._lots[side][price_ticks]

    @property
    def best_bid(self) -> tuple[int, int] | None:
        """(price_ticks, qty_lots) of the highest bid."""
        return self.best(Side.BUY)

    @property
    def best_ask(self) -> tuple[int, int] | None:
        """(price_ticks, qty_lots) of the lowest ask."""
        return self.best(Side.SELL)

    def levels(self, side: int, n: int | None = None) -> list[tuple[int, int]]:
        """Return the best n levels of a side, all for None, as (price_ticks, qty_lots)."""
        return list(islice(self.walk(side), n))

    def walk(self, side: int) -> Iterator[tuple[int, int]]:
        """Iterate the levels of a side, best first, while nothing changes."""
        lots, ascending = self._lots[side], self._prices[side]
        prices = ascending if side == Side.SELL else reversed(ascending)
        return ((price, lots[price]) for price in prices)

    def clear(self) -> None:
        """Remove every level."""
        for side in Side:
            self._prices[side].clear()
            self._lots[side].clear()


class SequenceGap(Exception):  # noqa: N818 - says what is wrong
    """A book message that does not follow the one before; a new snapshot is needed."""


class DepthReplica:
    """Book that a client keeps from ``book.{instrument}.{interval}`` messages.

    Prices and amounts are kept as they arrive (dollars per GPU-hour, contracts).
    """

    __slots__ = ("_sides", "change_id")

    def __init__(self) -> None:
        self.change_id: int | None = None
        """change_id of the message applied last; None until a snapshot arrives."""
        self._sides: tuple[Any, Any] = (SortedDict(), SortedDict())

    def apply(self, book: Mapping[str, Any]) -> None:
        """Apply the ``data`` of one message.

        Raises SequenceGap when a change follows no snapshot, when its prev_change_id is not our
        change_id, or when it does not fit our levels; the replica then waits for a snapshot.
        """
        if book.get("type") == "snapshot":
            for levels in self._sides:
                levels.clear()
        elif self.change_id is None:
            raise SequenceGap("change before the first snapshot")
        elif book.get("prev_change_id") != self.change_id:
            former, self.change_id = self.change_id, None
            raise SequenceGap(f"prev_change_id {book.get('prev_change_id')} follows {former}")
        for side, key in ((Side.BUY, "bids"), (Side.SELL, "asks")):
            for entry in book[key]:
                self._apply_level(side, entry)
        self.change_id = book["change_id"]

    def _apply_level(self, side: int, entry: Sequence[Any]) -> None:
        action, price, amount = entry
        levels = self._sides[side]
        if (price in levels) == (action == "new"):
            self.change_id = None
            raise SequenceGap(f"{action} of {price} does not fit the book")
        if action == "delete":
            del levels[price]
        else:
            levels[price] = amount

    def levels(self, side: int, n: int | None = None) -> list[tuple[float, float]]:
        """Return the best n levels of a side, all for None, as (price, amount)."""
        levels = self._sides[side]
        prices: Iterable[float] = reversed(levels) if side == Side.BUY else iter(levels)
        return [(price, levels[price]) for price in islice(prices, n)]
