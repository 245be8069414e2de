"""What can be seen of the books: prices, depth, orders resting and waiting, and what guards them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from matching import layout as at
from matching.auction import auction_price
from matching.layout import MARK_ICEBERG, NO_PRICE, Side
from matching.memory import zeros
from matching.storage import Storage


def holding_column_of(book: int) -> int:
    """Return the owner table's column of the holding in a book."""
    return at.OWNER_HOLDING_LOTS + at.OWNER_BOOK_COLUMNS * book


class Order(NamedTuple):
    """A live order, as a copy; leaves_lots is all that is open, what an iceberg hides included.

    level_code: 0 when it rests, else one of LEVEL_PENDING, LEVEL_DORMANT and LEVEL_QUEUED.
    """

    order_id: int
    book: int
    side: int
    price_ticks: int
    leaves_lots: int
    filled_lots: int
    owner: int
    terms: int
    level_code: int


class Sight(Storage):
    """The reading side of OrderBooks; nothing here changes anything."""

    def __len__(self) -> int:
        """Return the number of books."""
        return len(self.rows)

    @property
    def now_ns(self) -> int:
        """The time that the last advance reached."""
        return int(self.pool[at.POOL_NOW_NS])

    def state(self, book: int) -> int:
        """Return a book's State."""
        return int(self.rows[book, at.BOOK_STATE])

    def gathers(self, book: int) -> bool:
        """Say whether a book collects its orders for batch auctions while it is OPEN."""
        return bool(self.rows[book, at.BOOK_BATCH_NS])

    def next_batch_end_ns(self) -> int | None:
        """Return when the first batch that gathers ends, None where none does."""
        rows = self.rows
        waits = (rows[:, at.BOOK_BATCH_NS] != 0) & (rows[:, at.BOOK_STATE] == at.State.OPEN)
        return int(rows[waits, at.BOOK_BATCH_END_NS].min()) if waits.any() else None

    def top_order(self, book: int, side: int) -> int:
        """Return the id of a side's top order, 0 where there is none."""
        order_id = int(self.rows[book, at.BOOK_TOP_ORDER + side])
        return order_id if self.order(order_id) is not None else 0

    def best_bid(self, book: int) -> int | None:
        """Return the best bid in ticks."""
        index = self.rows[book, at.BOOK_BEST_BID]
        return int(index + self.rows[book, at.BOOK_BASE_TICKS]) if index >= 0 else None

    def best_ask(self, book: int) -> int | None:
        """Return the best ask in ticks."""
        index = self.rows[book, at.BOOK_BEST_ASK]
        if index >= self.rows[book, at.BOOK_LEVELS]:
            return None
        return int(index + self.rows[book, at.BOOK_BASE_TICKS])

    def _ladder_start(self, book: int, side: int) -> int:
        rows = self.rows
        start: int = rows.item(book, at.BOOK_LEVEL_START)
        return start + side * rows.item(book, at.BOOK_LEVELS)

    def level(self, book: int, side: int, price_ticks: int) -> tuple[int, int]:
        """Return (shown_lots, orders) of one price; (0, 0) where the side has nothing."""
        index = price_ticks - self.rows.item(book, at.BOOK_BASE_TICKS)
        if not 0 <= index < self.rows.item(book, at.BOOK_LEVELS):
            return 0, 0
        row = self._ladder_start(book, side) + index
        levels = self.levels
        return levels.item(row, at.LEVEL_QTY_LOTS), levels.item(row, at.LEVEL_ORDERS)

    def _level_indices(self, book: int, side: int) -> Iterator[int]:
        """Yield the ladder indices of a side's occupied levels, best first."""
        levels = int(self.rows[book, at.BOOK_LEVELS])
        start = self._ladder_start(book, side)
        counts = self.levels[start : start + levels, at.LEVEL_ORDERS]
        best = int(self.rows[book, at.BOOK_BEST_BID if side == Side.BUY else at.BOOK_BEST_ASK])
        if side == Side.BUY:
            yield from (int(i) for i in np.flatnonzero(counts[: best + 1])[::-1])
        else:
            yield from (int(i) + best for i in np.flatnonzero(counts[best:]))

    def depth(self, book: int, side: int, levels: int | None = None) -> list[tuple[int, int, int]]:
        """Return (price_ticks, shown_lots, orders) of a side's levels, best first."""
        base_ticks = int(self.rows[book, at.BOOK_BASE_TICKS])
        start = self._ladder_start(book, side)
        found: list[tuple[int, int, int]] = []
        for index in self._level_indices(book, side):
            if levels is not None and len(found) >= levels:
                break
            row = self.levels[start + index]
            found.append(
                (base_ticks + index, int(row[at.LEVEL_QTY_LOTS]), int(row[at.LEVEL_ORDERS]))
            )
        return found

    def _reserve_lots(self, slot: int, terms: int) -> int:
        return int(self.details[slot, at.DETAIL_RESERVE_LOTS]) if terms & MARK_ICEBERG else 0

    def orders(self, book: int, side: int) -> list[tuple[int, int, int, int, int, int]]:
        """Return (order_id, owner, price_ticks, shown_lots, filled_lots, reserve_lots) by priority."""
        base_ticks = int(self.rows[book, at.BOOK_BASE_TICKS])
        start = self._ladder_start(book, side)
        found: list[tuple[int, int, int, int, int, int]] = []
        for index in self._level_indices(book, side):
            slot = int(self.levels[start + index, at.LEVEL_HEAD])
            while slot != at.NO_SLOT:
                row = self.order_rows[slot].tolist()
                found.append(
                    (
                        row[at.ORDER_ID],
                        row[at.ORDER_OWNER],
                        base_ticks + index,
                        row[at.ORDER_LEAVES_LOTS],
                        row[at.ORDER_FILLED_LOTS],
                        self._reserve_lots(slot, row[at.ORDER_TERMS]),
                    )
                )
                slot = row[at.ORDER_NEXT]
        return found

    def waiting(self, book: int) -> list[tuple[int, int, int, int, int, int, int]]:
        """Return (order_id, owner, side, price_ticks, open_lots, level_code, trigger_ticks), earliest first."""
        found: list[tuple[int, int, int, int, int, int, int]] = []
        slot = int(self.rows[book, at.BOOK_WAITING_HEAD])
        while slot != at.NO_SLOT:
            row = self.order_rows[slot].tolist()
            found.append(
                (
                    row[at.ORDER_ID],
                    row[at.ORDER_OWNER],
                    row[at.ORDER_TERMS] & 1,
                    int(self.details[slot, at.DETAIL_PRICE_TICKS]),
                    row[at.ORDER_LEAVES_LOTS],
                    row[at.ORDER_LEVEL],
                    int(self.details[slot, at.DETAIL_TRIGGER_TICKS]),
                )
            )
            slot = row[at.ORDER_NEXT]
        return found

    def order(self, order_id: int) -> Order | None:
        """Return a live order by its id."""
        slot = order_id & at.SLOT_MASK
        if order_id <= 0 or slot >= self.pool[at.POOL_HIGH_WATER]:
            return None
        row = self.order_rows[slot].tolist()
        if row[at.ORDER_ID] != order_id:
            return None
        book = row[at.ORDER_TERMS] >> at.ORDER_BOOK_SHIFT
        terms = row[at.ORDER_TERMS] & at.TERMS_MASK
        if row[at.ORDER_LEVEL] < 0:
            price_ticks = int(self.details[slot, at.DETAIL_PRICE_TICKS])
        else:
            index = row[at.ORDER_LEVEL] - self._ladder_start(book, terms & 1)
            price_ticks = index + int(self.rows[book, at.BOOK_BASE_TICKS])
        reserve_lots = 0
        if row[at.ORDER_LEVEL] >= 0:
            reserve_lots = self._reserve_lots(slot, row[at.ORDER_TERMS])
        return Order(
            order_id,
            book,
            terms & 1,
            price_ticks,
            row[at.ORDER_LEAVES_LOTS] + reserve_lots,
            row[at.ORDER_FILLED_LOTS],
            row[at.ORDER_OWNER],
            terms,
            min(row[at.ORDER_LEVEL], 0),
        )

    def holding(self, owner: int, book: int) -> int:
        """Return what an owner of the owner table holds in a book (ValueError for another)."""
        if not 0 <= owner < len(self.owners):
            raise ValueError(f"owner {owner} is not in the owner table")
        return int(self.owners[owner, holding_column_of(book)])

    def book_prices(self, book: int) -> tuple[int | None, int | None, int | None]:
        """Return LAST, MARK and INDEX in ticks, None before the first of each."""
        prices = self.rows[book, at.BOOK_LAST_TICKS : at.BOOK_INDEX_TICKS + 1].tolist()
        last, mark, index = (None if ticks == NO_PRICE else ticks for ticks in prices)
        return last, mark, index

    def range_ticks(self, book: int) -> tuple[int, int]:
        """Return the lowest and highest price in ticks that executions may reach now."""
        base_ticks = int(self.rows[book, at.BOOK_BASE_TICKS])
        low, high = self.rows[book, at.BOOK_RANGE_LOW : at.BOOK_RANGE_HIGH + 1].tolist()
        return low + base_ticks, high + base_ticks

    def protection(self, owner: int, family: int) -> tuple[int, int, int] | None:
        """Return (qty_lots, delta, frozen_until_ns) of a protection that is set."""
        for row in self.protections.tolist():
            of_owner = row[at.PROTECTION_OWNER] == owner
            if of_owner and row[at.PROTECTION_FAMILY] == family and row[at.PROTECTION_INTERVAL_NS]:
                until_ns = row[at.PROTECTION_FROZEN_UNTIL_NS]
                if until_ns != at.FROZEN_FOR_GOOD and until_ns <= self.now_ns:
                    until_ns = 0
                return row[at.PROTECTION_QTY_LOTS], row[at.PROTECTION_DELTA], until_ns
        return None

    def indicative(self, book: int) -> tuple[int | None, int, int]:
        """Return (price_ticks, volume_lots, surplus_lots) of an auction held now."""
        arrays = self.arrays(zeros(0, at.CONDITION_COLUMNS))
        index, volume_lots, surplus_lots = (int(n) for n in auction_price(arrays, book))
        if volume_lots == 0:
            return None, 0, 0
        return index + int(self.rows[book, at.BOOK_BASE_TICKS]), volume_lots, surplus_lots
