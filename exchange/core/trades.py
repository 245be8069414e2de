"""The trades that can still be given up, adjusted or busted: those of this day and the one before."""

from __future__ import annotations

import numpy as np

from exchange.core.commands import Rows
from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_COLUMNS,
    EVENT_FEE_MICROS,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_SIDE,
    EVENT_TAG,
    EventKind,
)
from matching.compiled import KernelCompiler, rows_of
from matching.memory import grown

MAX_TRADES = 1 << 18
"""So many of the latest trades are kept, however long the two days are."""

# Trade row. The fees are what each side has paid; STATE is bits of its own.
TRADE_ID = 0
TRADE_INSTRUMENT = 1
TRADE_PRICE_TICKS = 2
TRADE_QTY_LOTS = 3
TRADE_BUYER = 4
TRADE_SELLER = 5
TRADE_BUYER_FEE_MICROS = 6
TRADE_SELLER_FEE_MICROS = 7
TRADE_STATE = 8
TRADE_ODD_MICROS = 9  # of a leg: what the price is above its ticks, micros a lot
TRADE_COMBO_ID = 10  # of a leg: the combo's trade, whose legs have the ids behind it
TRADE_COLUMNS = 11

STANDS = 0
BUSTED = 1
OWNER_BOUGHT = 2
"""Of an implied trade and each of its legs: the combo's owner is the buyer."""
OWNER_SOLD = 4
"""The same: the combo's owner is the seller."""

_EXECUTED = int(EventKind.EXECUTED)
_UNCROSSED = int(EventKind.UNCROSSED)
_BLOCK_TRADED = int(EventKind.BLOCK_TRADED)
_LEG_BOOKED = int(EventKind.LEG_BOOKED)
_IMPLIED = int(EventKind.IMPLIED)
_IMPLIED_LEG = int(EventKind.IMPLIED_LEG)

_rows_of_events = rows_of("events", EVENT_COLUMNS)
_rows_of_trades = rows_of("trades", TRADE_COLUMNS)

compiler = KernelCompiler("exchange.core.trades")


@compiler.kernel
def copy_trades(told: Rows, kept: Rows, end: int) -> int:
    """Write the trades among event rows as trade rows from row ``end`` on; return the row behind them."""
    events, trades = _rows_of_events(told), _rows_of_trades(kept)
    for row in range(told.shape[0]):
        kind = events[row, EVENT_KIND]
        if kind in (_EXECUTED, _UNCROSSED, _BLOCK_TRADED, _LEG_BOOKED, _IMPLIED, _IMPLIED_LEG):
            leg = int(kind in (_LEG_BOOKED, _IMPLIED_LEG))
            side = events[row, EVENT_SIDE]
            trades[end, TRADE_ID] = events[row, EVENT_TAG]
            trades[end, TRADE_INSTRUMENT] = events[row, EVENT_INSTRUMENT]
            trades[end, TRADE_PRICE_TICKS] = events[row, EVENT_PRICE_TICKS]
            trades[end, TRADE_QTY_LOTS] = events[row, EVENT_QTY_LOTS]
            trades[end, TRADE_BUYER + side] = events[row, EVENT_ACCOUNT]
            trades[end, TRADE_SELLER - side] = events[row, EVENT_RESTING_ACCOUNT]
            trades[end, TRADE_BUYER_FEE_MICROS + side] = events[row, EVENT_FEE_MICROS]
            trades[end, TRADE_SELLER_FEE_MICROS - side] = events[row, EVENT_RESTING_FEE_MICROS]
            trades[end, TRADE_STATE] = STANDS
            trades[end, TRADE_ODD_MICROS] = (
                int(kind == _LEG_BOOKED) * events[row, EVENT_LEAVES_LOTS]
            )
            trades[end, TRADE_COMBO_ID] = leg * events[row, EVENT_RESTING_LEAVES_LOTS]
            if kind == _IMPLIED:
                # Only its owner has it: in the legs it has the others' orders against it.
                trades[end, TRADE_SELLER - side] = events[row, EVENT_ACCOUNT]
                trades[end, TRADE_STATE] = OWNER_BOUGHT << side
            elif kind == _IMPLIED_LEG:
                trades[end, TRADE_STATE] = OWNER_SOLD >> side
            end += 1
    return end


class TradeMemory:
    """Terms of the latest trades by their id, at most ``limit`` of them; equal histories keep equal rows."""

    def __init__(self, limit: int = MAX_TRADES) -> None:
        self._limit = limit
        self._rows: Rows = np.zeros((0, TRADE_COLUMNS), np.int64)
        self._first = self._end = 0
        self.day_id = 1
        """Id of the first trade of the day that is running, whether it has happened or not."""

    def __len__(self) -> int:
        return self._end - self._first

    @property
    def rows(self) -> Rows:
        """The kept trades in order of their ids, int64[n, TRADE_COLUMNS], a view."""
        kept: Rows = self._rows[self._first : self._end]
        return kept

    def record(self, events: Rows) -> None:
        """Keep the trades among event rows, int64[n, EVENT_COLUMNS]."""
        if self._end + len(events) > len(self._rows):
            self._begin_anew(len(events))
        self._end = int(copy_trades(events, self._rows, self._end))
        self._first = max(self._first, self._end - self._limit)

    def _begin_anew(self, more: int) -> None:
        """Move the kept trades to the beginning of rows that have room for the limit and for more."""
        kept = self.rows
        room = 2 * self._limit + more
        if len(self._rows) < room:
            # At once all that will ever be needed: what is not touched yet takes no memory.
            self._rows = grown(kept, room + more, TRADE_COLUMNS, large_pages=True)
        else:
            self._rows[: len(kept)] = kept
        self._first, self._end = 0, len(kept)

    def find(self, trade_id: int) -> Rows | None:
        """Return the row of a kept trade, a view that may be written to."""
        kept = self.rows
        index = int(np.searchsorted(kept[:, TRADE_ID], trade_id))
        if index == len(kept) or kept[index, TRADE_ID] != trade_id:
            return None
        row: Rows = kept[index]
        return row

    def end_day(self, trades: int) -> None:
        """Forget the trades of the day before the one that ends; trades: how many there were in all."""
        self._first += int(np.searchsorted(self.rows[:, TRADE_ID], self.day_id))
        self.day_id = trades + 1

    def restore(self, rows: bytes, day_id: int) -> None:
        """Become the memory whose ``rows`` as bytes and ``day_id`` these are."""
        self._rows = np.frombuffer(rows, np.int64).reshape(-1, TRADE_COLUMNS).copy()
        self._first, self._end = 0, len(self._rows)
        self.day_id = day_id
