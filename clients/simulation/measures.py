"""What a run of one market was like: its quotes, its messages, and who earned from whom."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from statistics import fmean

import msgspec

from exchange.core import layout as at
from exchange.core.layout import EventKind, Reason
from matching.book import OrderBooks

NEAR_TICKS = 5


class Fill(msgspec.Struct, frozen=True):
    """One side of a trade; ``sign`` is 1 for the buyer."""

    account: int
    ts_ns: int
    sign: int
    price_ticks: int
    qty_lots: int


class SignalPath:
    """A price that is known at every time: the last one announced."""

    def __init__(self) -> None:
        self._times_ns: list[int] = []
        self._ticks: list[int] = []

    def add(self, ts_ns: int, ticks: int) -> None:
        """Announce a price, no earlier than the one before."""
        self._times_ns.append(ts_ns)
        self._ticks.append(ticks)

    def at(self, ts_ns: int) -> int:
        """Return the price at a time from the first announcement on."""
        return self._ticks[bisect_right(self._times_ns, ts_ns) - 1]


class Meter:
    """Listens to a simulation's events, and looks at its book now and then."""

    def __init__(self, makers: frozenset[int]) -> None:
        self._makers = makers
        self.fills: list[Fill] = []
        self.spreads_ticks: list[int] = []
        self.best_lots: list[float] = []
        self.near_lots: list[float] = []
        self.entered = 0
        self.taken_back = 0
        self.trades = 0
        self.lots = 0

    def hear(self, events: list[list[int]], ts_ns: int) -> None:
        """Count what makers enter and take back, and note every fill."""
        for row in events:
            kind, account = row[at.EVENT_KIND], row[at.EVENT_ACCOUNT]
            if kind in (EventKind.EXECUTED, EventKind.UNCROSSED):
                self.trades += 1
                self.lots += row[at.EVENT_QTY_LOTS]
                sign = 1 - 2 * row[at.EVENT_SIDE]
                for party, direction in (
                    (account, sign),
                    (row[at.EVENT_RESTING_ACCOUNT], -sign),
                ):
                    price_ticks, lots = row[at.EVENT_PRICE_TICKS], row[at.EVENT_QTY_LOTS]
                    self.fills.append(Fill(party, ts_ns, direction, price_ticks, lots))
            elif account not in self._makers:
                continue
            elif kind == EventKind.ACCEPTED:
                self.entered += 1
            elif kind == EventKind.AMENDED and not row[at.EVENT_RESTING_LEAVES_LOTS]:
                self.entered += 1
                self.taken_back += 1
            elif kind == EventKind.CANCELLED and row[at.EVENT_TAG] == Reason.REQUESTED:
                self.taken_back += 1

    def look(self, books: OrderBooks, book: int) -> None:
        """Measure the spread and the depth of a book that has two sides and is not crossed."""
        bid, ask = books.best_bid(book), books.best_ask(book)
        if bid is None or ask is None or bid >= ask:
            return
        self.spreads_ticks.append(ask - bid)
        best = near = 0
        for side, price_ticks in ((0, bid), (1, ask)):
            for level_ticks, lots, _ in books.depth(book, side):
                best += lots * (level_ticks == price_ticks)
                near += lots * (abs(level_ticks - price_ticks) <= NEAR_TICKS)
        self.best_lots.append(best / 2)
        self.near_lots.append(near / 2)

    def filled_lots(self, accounts: frozenset[int]) -> int:
        """Return the lots of all fills of some accounts."""
        return sum(fill.qty_lots for fill in self.fills if fill.account in accounts)

    def edge_ticks(self, accounts: frozenset[int], path: SignalPath, after_ns: int) -> float:
        """Return what a lot of these accounts earned against the signal some time after, on average."""
        return self._mean(
            accounts, lambda f: f.sign * (path.at(f.ts_ns + after_ns) - f.price_ticks)
        )

    def adverse_ticks(self, accounts: frozenset[int], path: SignalPath, after_ns: int) -> float:
        """Return by how much the signal moved against a lot of these accounts, on average.

        It counts from just before the fill, so that a quote taken because of news just told counts that news.
        """
        return self._mean(
            accounts,
            lambda f: f.sign * (path.at(f.ts_ns - after_ns) - path.at(f.ts_ns + after_ns)),
        )

    def _mean(self, accounts: frozenset[int], of: Callable[[Fill], int]) -> float:
        pairs = [(of(fill), fill.qty_lots) for fill in self.fills if fill.account in accounts]
        lots = sum(weight for _, weight in pairs)
        return sum(ticks * weight for ticks, weight in pairs) / lots if lots else 0.0


def mean(values: list[float] | list[int]) -> float:
    """Return the mean, 0 where there is nothing."""
    return fmean(values) if values else 0.0
