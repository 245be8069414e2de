"""OrderBooks: many order books over one pool of orders; owns the arrays that the kernels work on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from matching import kernel
from matching import layout as at
from matching.bitmap import side_words
from matching.kernel import NEEDS_ROOM
from matching.layout import INSTRUCTION_SHIFT, TIF_SHIFT, Side

Rows = NDArray[np.int64]

_HEADS = 16
"""Views of the first event rows that are made once: most verbs write only a few."""


class Order(NamedTuple):
    """A live order, as a copy."""

    order_id: int
    book: int
    side: int
    price_ticks: int
    leaves_lots: int
    filled_lots: int
    owner: int
    terms: int


class _Snapshot(msgspec.Struct):
    """State on disk: whole small arrays, and of the large ones the rows in use."""

    books: bytes
    pool: bytes
    orders: bytes
    level_rows: bytes
    levels: bytes
    bitmap_words: bytes
    bitmap: bytes
    ladder: int
    words: int


def _rows(columns: int, count: int) -> Rows:
    return np.zeros((count, columns), np.int64)


def _from_bytes(raw: bytes, columns: int) -> Rows:
    return np.frombuffer(raw, np.int64).reshape(-1, columns)


class OrderBooks:
    """Price-time order books that share one pool of orders.

    orders: slots to start with; the pool doubles as needed, up to ``max_orders`` (at most 2**24 live
    orders), beyond which a submit is rejected with BOOK_FULL.
    """

    def __init__(self, *, orders: int = 1024, max_orders: int = at.MAX_ORDERS) -> None:
        if not 1 <= orders <= max_orders <= at.MAX_ORDERS:
            raise ValueError(
                f"need 1 <= orders <= max_orders <= {at.MAX_ORDERS}: {orders}, {max_orders}"
            )
        self.rows = _rows(at.BOOK_COLUMNS, 0)
        self.levels = _rows(at.LEVEL_COLUMNS, 0)
        self.bitmap = np.zeros(0, np.int64)
        self.order_rows = _rows(at.ORDER_COLUMNS, orders)
        self.pool = np.zeros(at.POOL_COUNTERS, np.int64)
        self.pool[at.POOL_FREE_HEAD] = at.NO_SLOT
        self.pool[at.POOL_MAX_ORDERS] = max_orders
        self.events = _rows(at.EVENT_COLUMNS, 1024)
        self._bind()

    def __len__(self) -> int:
        """Return the number of books."""
        return len(self.rows)

    @property
    def live(self) -> int:
        """Number of resting orders in all books."""
        return int(self.pool[at.POOL_HIGH_WATER] - self.pool[at.POOL_FREE_COUNT])

    def add_book(self, levels: int = at.LEVELS_STEP, base_ticks: int = 0) -> int:
        """Add an empty book of prices ``base_ticks <= price_ticks < base_ticks + levels``; return its index.

        levels: a multiple of 4,096, at most 262,144 (ValueError).
        """
        if levels % at.LEVELS_STEP or not 0 < levels <= at.MAX_LEVELS:
            raise ValueError(
                f"levels must be a multiple of {at.LEVELS_STEP} up to {at.MAX_LEVELS}: {levels}"
            )
        words = side_words(levels)
        row = [base_ticks, levels, len(self.levels), len(self.bitmap), words, -1, levels, 0]
        self.rows = np.vstack([self.rows, np.array([row], np.int64)])
        self.levels = self._extended(self.levels, levels)
        self.bitmap = np.concatenate([self.bitmap, np.zeros(2 * words, np.int64)])
        self._bind()
        return len(self.rows) - 1

    @staticmethod
    def _extended(levels: Rows, count: int) -> Rows:
        # Only rows in use are copied: fresh pages of the ladder stay untouched, and so cost no memory.
        larger = _rows(at.LEVEL_COLUMNS, len(levels) + count)
        used = np.flatnonzero(levels[:, at.LEVEL_ORDERS])
        larger[used] = levels[used]
        return larger

    def make_room(self, commands: int) -> None:
        """Grow the pool and the event rows so that this many commands can be applied."""
        needed = min(self.live + commands, int(self.pool[at.POOL_MAX_ORDERS]))
        if needed > len(self.order_rows):
            count = min(max(needed, 2 * len(self.order_rows)), int(self.pool[at.POOL_MAX_ORDERS]))
            larger = _rows(at.ORDER_COLUMNS, count)
            high_water = int(self.pool[at.POOL_HIGH_WATER])
            larger[:high_water] = self.order_rows[:high_water]
            self.order_rows = larger
        event_rows = self.live + 4 * commands
        if event_rows > len(self.events):
            self.events = _rows(at.EVENT_COLUMNS, max(event_rows, 2 * len(self.events)))
        self._bind()

    def _bind(self) -> None:
        """Give the entry points their arrays once: looking six up at each call costs a fifth of it."""
        arrays = (
            self.rows,
            self.levels,
            self.bitmap,
            self.order_rows,
            self.pool,
        )
        self._apply = partial(kernel.apply_batch, *arrays)
        self._submit = partial(kernel.apply_submit, *arrays, self.events)
        self._cancel = partial(kernel.apply_cancel, *arrays, self.events)
        self._amend = partial(kernel.apply_amend, *arrays, self.events)
        self._heads = [self.events[:count] for count in range(_HEADS)]

    def apply(self, commands: Rows) -> Rows:
        """Apply command rows in order; return their event rows, a view that the next call overwrites.

        commands: int64[n, COMMAND_COLUMNS]. EVENT_COMMAND is the row's index in ``commands``.
        """
        if (
            commands.dtype != np.int64
            or commands.ndim != 2
            or commands.shape[1] != at.COMMAND_COLUMNS
        ):
            raise ValueError(f"commands must be int64[n, {at.COMMAND_COLUMNS}]")
        commands = np.ascontiguousarray(commands)
        count = self._apply(commands, self.events)
        if count == NEEDS_ROOM:
            self.make_room(len(commands))
            count = self._apply(commands, self.events)
        return self.events[:count]

    def submit(
        self,
        book: int,
        side: int,
        price_ticks: int,
        qty_lots: int,
        *,
        tif: int = 0,
        instructions: int = 0,
        owner: int = 0,
    ) -> Rows:
        """Enter one order; return its event rows, a view that the next call overwrites.

        tif: of TimeInForce, GTC if not given. instructions: bits of Instruction.
        """
        terms = side | tif << TIF_SHIFT | instructions << INSTRUCTION_SHIFT
        count = self._submit(book, owner, terms, price_ticks, qty_lots)
        if count == NEEDS_ROOM:
            self.make_room(1)
            count = self._submit(book, owner, terms, price_ticks, qty_lots)
        return self._heads[count] if count < _HEADS else self.events[:count]

    def cancel(self, order_id: int) -> Rows:
        """Cancel one order; return its event rows, a view that the next call overwrites."""
        count = self._cancel(order_id)
        if count == NEEDS_ROOM:
            self.make_room(1)
            count = self._cancel(order_id)
        return self._heads[count] if count < _HEADS else self.events[:count]

    def amend(self, order_id: int, price_ticks: int, qty_lots: int) -> Rows:
        """Change one order's price and open size; return its event rows, a view as above."""
        count = self._amend(order_id, price_ticks, qty_lots)
        if count == NEEDS_ROOM:
            self.make_room(1)
            count = self._amend(order_id, price_ticks, qty_lots)
        return self._heads[count] if count < _HEADS else self.events[:count]

    def cancel_all(self, book: int, owner: int) -> Rows:
        """Cancel what an owner has in a book; return the event rows, a view as above."""
        row = [at.CommandKind.CANCEL_ALL, book, 0, owner, 0, 0, 0, 0]
        return self.apply(np.array([row], np.int64))

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

    def level(self, book: int, side: int, price_ticks: int) -> tuple[int, int]:
        """Return (qty_lots, orders) of one price; (0, 0) where the side has nothing."""
        rows = self.rows
        index = price_ticks - rows.item(book, at.BOOK_BASE_TICKS)
        best = rows.item(book, at.BOOK_BEST_BID if side == Side.BUY else at.BOOK_BEST_ASK)
        beyond = index > best if side == Side.BUY else index < best
        if beyond or not 0 <= index < rows.item(book, at.BOOK_LEVELS):
            return 0, 0
        row = rows.item(book, at.BOOK_LEVEL_START) + index
        levels = self.levels
        return levels.item(row, at.LEVEL_QTY_LOTS), levels.item(row, at.LEVEL_ORDERS)

    def _level_indices(self, book: int, side: int) -> Iterator[int]:
        """Yield the ladder indices of a side's occupied levels, best first."""
        levels = int(self.rows[book, at.BOOK_LEVELS])
        start = int(self.rows[book, at.BOOK_LEVEL_START])
        counts = self.levels[start : start + levels, at.LEVEL_ORDERS]
        best = int(self.rows[book, at.BOOK_BEST_BID if side == Side.BUY else at.BOOK_BEST_ASK])
        if side == Side.BUY:
            yield from (int(i) for i in np.flatnonzero(counts[: best + 1])[::-1])
        else:
            yield from (int(i) + best for i in np.flatnonzero(counts[best:]))

    def depth(self, book: int, side: int, levels: int | None = None) -> list[tuple[int, int, int]]:
        """Return (price_ticks, qty_lots, orders) of a side's levels, best first."""
        base_ticks = int(self.rows[book, at.BOOK_BASE_TICKS])
        start = int(self.rows[book, at.BOOK_LEVEL_START])
        found: list[tuple[int, int, int]] = []
        for index in self._level_indices(book, side):
            if levels is not None and len(found) >= levels:
                break
            row = self.levels[start + index]
            found.append(
                (base_ticks + index, int(row[at.LEVEL_QTY_LOTS]), int(row[at.LEVEL_ORDERS]))
            )
        return found

    def orders(self, book: int, side: int) -> list[tuple[int, int, int, int, int]]:
        """Return (order_id, owner, price_ticks, leaves_lots, filled_lots) by priority."""
        base_ticks = int(self.rows[book, at.BOOK_BASE_TICKS])
        start = int(self.rows[book, at.BOOK_LEVEL_START])
        found: list[tuple[int, int, int, int, int]] = []
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
        index = row[at.ORDER_LEVEL] - int(self.rows[book, at.BOOK_LEVEL_START])
        return Order(
            order_id,
            book,
            terms & 1,
            index + int(self.rows[book, at.BOOK_BASE_TICKS]),
            row[at.ORDER_LEAVES_LOTS],
            row[at.ORDER_FILLED_LOTS],
            row[at.ORDER_OWNER],
            terms,
        )

    def digest(self) -> str:
        """Return a SHA-256 over everything that decides the future: books, queues and free slots."""
        free: list[int] = []
        digest = hashlib.sha256(self.rows.tobytes() + self.pool.tobytes())
        for book in range(len(self)):
            for side in Side:
                for order in self.orders(book, side):
                    terms = self.order_rows[order[0] & at.SLOT_MASK, at.ORDER_TERMS]
                    digest.update(repr((*order, int(terms))).encode())
        slot = int(self.pool[at.POOL_FREE_HEAD])
        while slot != at.NO_SLOT:
            free.append(slot)
            slot = int(self.order_rows[slot, at.ORDER_NEXT])
        digest.update(repr(free).encode())
        return digest.hexdigest()

    def snapshot(self) -> bytes:
        """Return the whole state; `restore` gives equal books from it."""
        used = np.flatnonzero(self.levels[:, at.LEVEL_ORDERS])
        words = np.flatnonzero(self.bitmap)
        high_water = int(self.pool[at.POOL_HIGH_WATER])
        return msgspec.msgpack.encode(
            _Snapshot(
                books=self.rows.tobytes(),
                pool=self.pool.tobytes(),
                orders=self.order_rows[:high_water].tobytes(),
                level_rows=used.astype(np.int64).tobytes(),
                levels=self.levels[used].tobytes(),
                bitmap_words=words.astype(np.int64).tobytes(),
                bitmap=self.bitmap[words].tobytes(),
                ladder=len(self.levels),
                words=len(self.bitmap),
            )
        )

    @classmethod
    def restore(cls, raw: bytes) -> OrderBooks:
        """Return the books of a snapshot (msgspec.DecodeError when it is not one)."""
        state = msgspec.msgpack.decode(raw, type=_Snapshot)
        restored = cls()
        restored.rows = _from_bytes(state.books, at.BOOK_COLUMNS).copy()
        restored.pool = np.frombuffer(state.pool, np.int64).copy()
        orders = _from_bytes(state.orders, at.ORDER_COLUMNS)
        restored.order_rows = _rows(at.ORDER_COLUMNS, max(1024, len(orders)))
        restored.order_rows[: len(orders)] = orders
        restored.levels = _rows(at.LEVEL_COLUMNS, state.ladder)
        restored.levels[np.frombuffer(state.level_rows, np.int64)] = _from_bytes(
            state.levels, at.LEVEL_COLUMNS
        )
        restored.bitmap = np.zeros(state.words, np.int64)
        restored.bitmap[np.frombuffer(state.bitmap_words, np.int64)] = np.frombuffer(
            state.bitmap, np.int64
        )
        restored._bind()
        return restored
