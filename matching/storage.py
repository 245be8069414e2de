"""The arrays of many order books: made, grown, kept as bytes and brought back."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np
from numpy.typing import NDArray

from matching import layout as at
from matching.arrays import Arrays
from matching.bitmap import side_words
from matching.memory import grown, zeros
from matching.rule import MatchingRule

Rows = NDArray[np.int64]

FIRST_EVENT_ROWS = 1 << 14


class _Snapshot(msgspec.Struct):
    """State on disk: whole small arrays, and of the large ones the rows in use."""

    books: bytes
    pool: bytes
    orders: bytes
    detail_rows: bytes
    details: bytes
    owners: bytes
    owner_columns: int
    protections: bytes
    level_rows: bytes
    levels: bytes
    bitmap_words: bytes
    bitmap: bytes
    ladder: int
    words: int


def _from_bytes(raw: bytes, columns: int) -> Rows:
    return np.frombuffer(raw, np.int64).reshape(-1, columns)


class Storage:
    """The arrays of the matching floor and their growth.

    orders: slots to start with; the pool doubles as needed, up to ``max_orders`` (at most 2**24 live
    orders). owners: rows of the owner table to start with. ValueError for bounds outside these.
    """

    def __init__(
        self, *, orders: int = 1024, max_orders: int = at.MAX_ORDERS, owners: int = 0
    ) -> None:
        if not 1 <= orders <= max_orders <= at.MAX_ORDERS:
            raise ValueError(
                f"need 1 <= orders <= max_orders <= {at.MAX_ORDERS}: {orders}, {max_orders}"
            )
        self.rows = zeros(0, at.BOOK_COLUMNS)
        self.levels = zeros(0, at.LEVEL_COLUMNS)
        self.bitmap = np.zeros(0, np.int64)
        self.order_rows = zeros(orders, at.ORDER_COLUMNS)
        self.details = zeros(orders, at.DETAIL_COLUMNS)
        self.owners = zeros(0, 1)
        self.protections = zeros(0, at.PROTECTION_COLUMNS)
        self.pool = np.zeros(at.POOL_COUNTERS, np.int64)
        self.pool[at.POOL_FREE_HEAD] = at.NO_SLOT
        self.pool[at.POOL_EXPIRY_ROOT] = at.NO_SLOT
        self.pool[at.POOL_MAX_ORDERS] = max_orders
        self.events = zeros(FIRST_EVENT_ROWS, at.EVENT_COLUMNS)
        self.add_owners(owners)

    @property
    def live(self) -> int:
        """Number of live orders in all books."""
        return int(self.pool[at.POOL_HIGH_WATER] - self.pool[at.POOL_FREE_COUNT])

    def arrays(self, conditions: Rows) -> Arrays:
        """Return what the kernels are given, beside a table of conditions."""
        return Arrays(
            self.rows,
            self.levels,
            self.bitmap,
            self.order_rows,
            self.details,
            self.owners,
            self.protections,
            self.pool,
            conditions,
            self.events,
        )

    def add_book(
        self, levels: int, base_ticks: int, family: int | None, weight: int, rule: MatchingRule
    ) -> int:
        """Add an empty, open book; return its index."""
        rule.check()
        if levels % at.LEVELS_STEP or not 0 < levels <= at.MAX_LEVELS:
            raise ValueError(
                f"levels must be a multiple of {at.LEVELS_STEP} up to {at.MAX_LEVELS}: {levels}"
            )
        words = side_words(levels)
        row = np.zeros(at.BOOK_COLUMNS, np.int64)
        row[at.BOOK_BASE_TICKS] = base_ticks
        row[at.BOOK_LEVELS] = levels
        for side in at.Side:
            row[at.BOOK_LEVEL_START + side] = len(self.levels) + side * levels
            row[at.BOOK_BITMAP_START + side] = len(self.bitmap) + side * words
        row[at.BOOK_BEST_BID] = -1
        row[at.BOOK_BEST_ASK] = levels
        row[at.BOOK_STATE] = at.State.OPEN
        row[at.BOOK_BAND_HIGH] = row[at.BOOK_RANGE_HIGH] = levels - 1
        row[at.BOOK_WATCH_LOW_TICKS] = at.NO_PRICE
        row[at.BOOK_WATCH_HIGH_TICKS] = -at.NO_PRICE
        row[at.BOOK_LAST_TICKS : at.BOOK_INDEX_TICKS + 1] = at.NO_PRICE
        row[at.BOOK_FAMILY] = len(self.rows) if family is None else family
        row[at.BOOK_WEIGHT] = weight
        row[at.BOOK_WAITING_HEAD : at.BOOK_QUEUE_TAIL + 1] = at.NO_SLOT
        row[at.BOOK_RISES_ROOT : at.BOOK_INDICATED_TICKS] = at.NO_SLOT
        row[at.BOOK_BUCKET_LOW_TICKS : at.BOOK_BUCKET_HIGH_TICKS + at.WINDOW_BUCKETS] = at.NO_PRICE
        row[at.BOOK_REFERENCE_TICKS] = at.NO_PRICE
        row[at.BOOK_ALGORITHM] = rule.algorithm
        row[at.BOOK_MINIMUM_LOTS] = rule.minimum_lots
        row[at.BOOK_TOP_PPM] = rule.top_ppm
        row[at.BOOK_TOP_LOTS] = rule.top_lots
        row[at.BOOK_BATCH_NS] = rule.batch_ns
        row[at.BOOK_BATCH_END_NS] = rule.batch_end_ns(int(self.pool[at.POOL_NOW_NS]))
        row[at.BOOK_CYCLE] = at.NO_SLOT
        row[at.BOOK_NEXT_CYCLE : at.BOOK_NEXT_CYCLE + at.MAX_LEGS] = at.NO_SLOT
        self.levels = self._extended(2 * levels)
        self.rows = np.vstack([self.rows, row[None, :]])
        self.bitmap = np.concatenate([self.bitmap, np.zeros(2 * words, np.int64)])
        columns = zeros(len(self.owners), at.OWNER_BOOK_COLUMNS)
        columns[:, at.OWNER_REDUCER - at.OWNER_HOLDING_LOTS] = at.NO_SLOT
        self.owners = np.ascontiguousarray(np.hstack([self.owners, columns]))
        return len(self.rows) - 1

    def _extended(self, count: int) -> Rows:
        # Only rows in use are copied: fresh pages of the ladder stay untouched, and so cost no memory.
        larger = zeros(len(self.levels) + count, at.LEVEL_COLUMNS)
        used = self._used_levels()
        larger[used] = self.levels[used]
        return larger

    def _used_levels(self) -> NDArray[np.int64]:
        """Return the rows of the ladder that hold orders, in order.

        The bitmap tells them: to look at each row would touch every page of the ladder.
        """
        found = [np.zeros(0, np.int64)]
        for row in self.rows[:, : at.BOOK_BITMAP_START + 2].tolist():
            for side in at.Side:
                start = row[at.BOOK_BITMAP_START + side]
                words = self.bitmap[start : start + row[at.BOOK_LEVELS] // 64]
                if words.any():
                    bits = np.unpackbits(words.view(np.uint8), bitorder="little")
                    found.append(row[at.BOOK_LEVEL_START + side] + np.flatnonzero(bits))
        return np.concatenate(found)

    def add_owners(self, count: int) -> None:
        """Let the owner table have at least this many rows."""
        former = len(self.owners)
        if count <= former:
            return
        more = zeros(count - former, self.owners.shape[1])
        more[:, at.OWNER_GROUP] = np.arange(former, count)
        more[:, at.OWNER_REDUCER :: at.OWNER_BOOK_COLUMNS] = at.NO_SLOT
        self.owners = np.vstack([self.owners, more])

    def protection_row(self, owner: int, family: int) -> int:
        """Return the row of an owner's protection in a family, a new one if there is none."""
        of_owner = self.protections[:, at.PROTECTION_OWNER] == owner
        found = np.flatnonzero(of_owner & (self.protections[:, at.PROTECTION_FAMILY] == family))
        if len(found):
            return int(found[0])
        row = np.zeros((1, at.PROTECTION_COLUMNS), np.int64)
        row[0, at.PROTECTION_OWNER] = owner
        row[0, at.PROTECTION_FAMILY] = family
        self.protections = np.vstack([self.protections, row])
        return len(self.protections) - 1

    def grow_pool(self, orders: int) -> None:
        """Let the pool have room for this many more orders, within its bound."""
        bound = int(self.pool[at.POOL_MAX_ORDERS])
        needed = min(self.live + orders, bound)
        if needed <= len(self.order_rows):
            return
        count = min(max(needed, 2 * len(self.order_rows)), bound)
        high_water = int(self.pool[at.POOL_HIGH_WATER])
        larger = grown(self.order_rows[:high_water], count, at.ORDER_COLUMNS)
        details = zeros(count, at.DETAIL_COLUMNS)
        detailed = self._detailed()
        details[detailed] = self.details[detailed]
        self.order_rows, self.details = larger, details

    def grow_events(self, rows: int, kept: int) -> None:
        """Let the event rows be at least this many, and keep the first ``kept`` of them."""
        if rows > len(self.events):
            count = max(rows, 2 * len(self.events))
            self.events = grown(self.events[:kept], count, at.EVENT_COLUMNS)

    def _detailed(self) -> NDArray[np.intp]:
        """Return the slots of live orders whose detail row is in use."""
        used = self.order_rows[: int(self.pool[at.POOL_HIGH_WATER])]
        marked = (used[:, at.ORDER_TERMS] & at.MARK_DETAIL) != 0
        return np.flatnonzero(marked & (used[:, at.ORDER_ID] != 0))

    def digest(self) -> str:
        """Return a SHA-256 over everything that decides the future: books, queues and free slots."""
        used = self._used_levels()
        high_water = int(self.pool[at.POOL_HIGH_WATER])
        orders = self.order_rows[:high_water].copy()
        free = orders[:, at.ORDER_ID] == 0
        # Of a free slot only the link to the next one matters.
        orders[free, at.ORDER_NEXT + 1 :] = 0
        digest = hashlib.sha256()
        counters = self.pool.copy()
        counters[at.POOL_APPLIED] = 0
        for array in (
            self.rows,
            counters,
            self._resting_only(orders),
            self.details[self._detailed()],
            self.owners,
            self.protections,
            used,
            self.levels[used],
        ):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @staticmethod
    def _resting_only(orders: Rows) -> Rows:
        # The head of a level keeps the link to an order that has left: nobody reads it.
        return orders

    def snapshot(self) -> bytes:
        """Return the whole state; `restore` gives equal books from it."""
        used = self._used_levels()
        words = np.flatnonzero(self.bitmap)
        detailed = self._detailed()
        high_water = int(self.pool[at.POOL_HIGH_WATER])
        return msgspec.msgpack.encode(
            _Snapshot(
                books=self.rows.tobytes(),
                pool=self.pool.tobytes(),
                orders=self.order_rows[:high_water].tobytes(),
                detail_rows=detailed.astype(np.int64).tobytes(),
                details=self.details[detailed].tobytes(),
                owners=self.owners.tobytes(),
                owner_columns=self.owners.shape[1],
                protections=self.protections.tobytes(),
                level_rows=used.tobytes(),
                levels=self.levels[used].tobytes(),
                bitmap_words=words.astype(np.int64).tobytes(),
                bitmap=self.bitmap[words].tobytes(),
                ladder=len(self.levels),
                words=len(self.bitmap),
            )
        )

    def load(self, raw: bytes) -> None:
        """Take over the state of a snapshot (msgspec.DecodeError when it is not one)."""
        state = msgspec.msgpack.decode(raw, type=_Snapshot)
        self.rows = _from_bytes(state.books, at.BOOK_COLUMNS).copy()
        self.pool = np.frombuffer(state.pool, np.int64).copy()
        orders = _from_bytes(state.orders, at.ORDER_COLUMNS)
        self.order_rows = zeros(max(1024, len(orders)), at.ORDER_COLUMNS)
        self.order_rows[: len(orders)] = orders
        self.details = zeros(len(self.order_rows), at.DETAIL_COLUMNS)
        self.details[np.frombuffer(state.detail_rows, np.int64)] = _from_bytes(
            state.details, at.DETAIL_COLUMNS
        )
        self.owners = _from_bytes(state.owners, state.owner_columns).copy()
        self.protections = _from_bytes(state.protections, at.PROTECTION_COLUMNS).copy()
        self.levels = zeros(state.ladder, at.LEVEL_COLUMNS)
        self.levels[np.frombuffer(state.level_rows, np.int64)] = _from_bytes(
            state.levels, at.LEVEL_COLUMNS
        )
        self.bitmap = np.zeros(state.words, np.int64)
        self.bitmap[np.frombuffer(state.bitmap_words, np.int64)] = np.frombuffer(
            state.bitmap, np.int64
        )
