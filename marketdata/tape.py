"""The recent trades of one instrument and the questions asked of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Any, Literal

import msgspec

from marketdata.messages import Instrument, Trade, milliseconds, trade_fields

Sorting = Literal["asc", "desc", "default"]

PLUS_TICK, ZERO_PLUS_TICK, MINUS_TICK, ZERO_MINUS_TICK = range(4)


class Print(msgspec.Struct, frozen=True, array_like=True):
    """A trade with its tick direction: 0 plus, 1 zero-plus, 2 minus, 3 zero-minus."""

    trade: Trade
    tick_direction: int

    def fields(self, instrument: Instrument) -> dict[str, Any]:
        """Return the trade in the dialect."""
        return trade_fields(instrument, self.trade, self.tick_direction)


class TradeQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a question, all inclusive; None does not bound. Times are milliseconds."""

    count: int = 10
    start_seq: int | None = None
    end_seq: int | None = None
    start_id: int | None = None
    end_id: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    sorting: Sorting = "default"

    @property
    def ascending(self) -> bool:
        """Whether the oldest matching trades come first; by default when a start is given."""
        if self.sorting == "default":
            starts = (self.start_seq, self.start_id, self.start_ms)
            return any(start is not None for start in starts)
        return self.sorting == "asc"

    def holds(self, trade: Trade) -> bool:
        """Tell whether a trade lies within every bound."""
        return (
            _within(trade.trade_seq, self.start_seq, self.end_seq)
            and _within(trade.trade_id, self.start_id, self.end_id)
            and _within(milliseconds(trade.ts_ns), self.start_ms, self.end_ms)
        )

    def select(self, prints: Iterable[Print]) -> tuple[list[Print], bool]:
        """Return the first ``count`` matching prints and whether more match.

        prints: oldest first when ``ascending``, else newest first.
        """
        matching = (print_ for print_ in prints if self.holds(print_.trade))
        found = list(islice(matching, self.count + 1))
        return found[: self.count], len(found) > self.count


def _within(number: int, low: int | None, high: int | None) -> bool:
    return (low is None or number >= low) and (high is None or number <= high)


class Tape:
    """The newest ``capacity`` trades of one instrument, oldest first."""

    __slots__ = ("_last", "_prints")

    def __init__(self, capacity: int) -> None:
        self._prints: deque[Print] = deque(maxlen=capacity)
        self._last: Print | None = None

    def record(self, trade: Trade) -> Print:
        """Keep a trade and return it with its tick direction against the one before.

        A trade beside the book has that of the trade before, and none is measured against it.
        """
        last = self.last
        if trade.is_beside_the_book:
            print_ = Print(trade, PLUS_TICK if last is None else last.tick_direction)
            self._prints.append(print_)
            return print_
        if last is None or trade.price_ticks > last.trade.price_ticks:
            direction = PLUS_TICK
        elif trade.price_ticks < last.trade.price_ticks:
            direction = MINUS_TICK
        else:
            rising = last.tick_direction in (PLUS_TICK, ZERO_PLUS_TICK)
            direction = ZERO_PLUS_TICK if rising else ZERO_MINUS_TICK
        print_ = self._last = Print(trade, direction)
        self._prints.append(print_)
        return print_

    @property
    def last(self) -> Print | None:
        """The newest trade of the instrument's own book, None before the first."""
        return self._last

    def before_last(self, n: int) -> Print | None:
        """Return the newest trade but n, None when it is not kept."""
        return self._prints[-1 - n] if n < len(self._prints) else None

    def prints(self, *, ascending: bool) -> Iterable[Print]:
        """Iterate the kept trades, oldest or newest first."""
        return iter(self._prints) if ascending else reversed(self._prints)

    def dump(self) -> list[Print]:
        """Return everything kept."""
        return list(self._prints)

    def load(self, prints: list[Print]) -> None:
        """Replace everything kept."""
        self._prints.clear()
        self._prints.extend(prints)
        own = (print_ for print_ in reversed(prints) if not print_.trade.is_beside_the_book)
        self._last = next(own, None)
