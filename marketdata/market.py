"""The public state of every instrument, built from the facts of the sequenced log.

Inputs are staged and take effect together in ``commit``, which ends one sequenced batch: nothing
that is asked or published ever shows half a batch. Every time comes from the commands, and batches
say where windows end, so two markets fed the same batches publish the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Set
from typing import Any, NamedTuple, Protocol

import msgspec

from marketdata.board import Board, BoardRecord
from marketdata.changes import Change, Interval
from marketdata.cycles import Cycles
from marketdata.messages import Instrument, State, Trade
from marketdata.queries import IndexPrint, MarketQueries, UnknownInstrument

TAPE_CAPACITY = 5_000
"""Trades kept of each instrument."""


class Listener(Protocol):
    """Who is told what a commit changed."""

    def on_index(self, index: IndexPrint) -> None:
        """Take one index print."""

    def wants(self, instrument_id: int, interval: Interval) -> bool:
        """Tell whether changes of an instrument in batches (raw) or windows need to be told."""

    def on_change(self, change: Change) -> None:
        """Take the changes of one instrument in one batch or window."""

    def on_window(self, moved: Set[int]) -> None:
        """Know that a window is closed in which books or states of instruments changed."""

    def on_end(self) -> None:
        """Know that the batch is complete."""

    def on_restore(self) -> None:
        """Know that the whole market was replaced."""


class Moves(NamedTuple):
    """What a batch did to the depth, where others keep it: the instruments of which a level was touched.

    changed: those of which one is not what it was; quoted: those with other best prices or sizes; moved: where
    the windows end, those of which the window changed a level for good.
    """

    touched: Collection[int]
    changed: Collection[int]
    quoted: Collection[int]
    moved: Collection[int] = ()


class MarketRecord(msgspec.Struct):
    """Everything but depth, for a snapshot."""

    version: int
    seq: int
    ts_ns: int
    pending: list[int]
    indices: list[IndexPrint]
    boards: list[BoardRecord]


SNAPSHOT_VERSION = 1


class Market(MarketQueries):
    """Public state of all instruments; inputs until ``commit``, queries at any time."""

    def __init__(self, *, tape_capacity: int = TAPE_CAPACITY) -> None:
        super().__init__()
        self._tape_capacity = tape_capacity
        self._staged: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self._staged_levels: list[tuple[Board, int, int, int]] = []
        self._staged_prints: list[IndexPrint] = []
        self._touched: set[int] = set()
        self._pending: set[int] = set()
        self._listeners: list[Listener] = []

    @property
    def is_heard(self) -> bool:
        """Whether anyone listens."""
        return bool(self._listeners)

    @property
    def has_open_window(self) -> bool:
        """Whether something happened since windows were last cut."""
        return bool(self._pending)

    def attach(self, listener: Listener) -> None:
        """Tell a listener of every later change."""
        self._listeners.append(listener)

    # Inputs

    def list_instrument(self, instrument: Instrument) -> None:
        """Add an instrument in state PRE_OPEN; it can be named at once.

        Raises ValueError when its id or name is taken.
        """
        if instrument.instrument_id in self._boards or instrument.name in self._ids:
            raise ValueError(f"instrument {instrument.name} is listed already")
        board = self._add_board(instrument)
        known = self._indices.get(instrument.index_name)
        if known is not None:
            self._stage(instrument.instrument_id, board.set_index, known.price_micros)
        self._stage(instrument.instrument_id, board.announce)

    def set_state(self, instrument_id: int, state: int, ts_ns: int) -> None:
        """Change the trading state; ts_ns is the command's time, that of the commit to follow."""
        self._stage(instrument_id, self.board(instrument_id).set_state, State(state), ts_ns)

    def set_level(self, instrument_id: int, side: int, price_ticks: int, qty_lots: int) -> None:
        """Set the open size at a price of one side; 0 removes the level."""
        if qty_lots < 0 or side not in (0, 1):
            raise ValueError(f"level of side {side} and {qty_lots} lots")
        board = self.board(instrument_id)
        self._staged_levels.append((board, side, price_ticks, qty_lots))
        self._touched.add(instrument_id)

    def record_trade(self, trade: Trade) -> None:
        """Add one execution."""
        self._stage(trade.instrument_id, self.board(trade.instrument_id).record_trade, trade)

    def set_mark(self, instrument_id: int, mark_ticks: int) -> None:
        """Change the mark price."""
        self._stage(instrument_id, self.board(instrument_id).set_mark, mark_ticks)

    def set_open_interest(self, instrument_id: int, lots: int) -> None:
        """Change the open interest."""
        self._stage(instrument_id, self.board(instrument_id).set_open_interest, lots)

    def set_band(self, instrument_id: int, low_ticks: int, high_ticks: int) -> None:
        """Change the lowest and highest price at which orders are taken."""
        self._stage(instrument_id, self.board(instrument_id).set_band, low_ticks, high_ticks)

    def set_indicative(
        self, instrument_id: int, price_ticks: int, volume_lots: int, surplus_lots: int
    ) -> None:
        """Change what an auction held now would bring."""
        apply = self.board(instrument_id).set_indicative
        self._stage(instrument_id, apply, price_ticks, volume_lots, surplus_lots)

    def set_funding(self, instrument_id: int, amount_micros: int) -> None:
        """Change the latest funding payment of a long position, micro-dollars per GPU-hour."""
        self._stage(instrument_id, self.board(instrument_id).set_funding, amount_micros)

    def print_index(self, name: str, price_micros: int, ts_ns: int) -> None:
        """Publish an index value, micro-dollars per GPU-hour."""
        self._staged_prints.append(IndexPrint(name, price_micros, ts_ns))

    def commit(
        self, seq: int, ts_ns: int, *, cut: bool = False, moves: Moves | None = None
    ) -> None:
        """End one sequenced batch: everything staged takes effect and is published.

        seq becomes the change_id of the books that changed. cut: the windows end with this batch. moves: of a
        market without listeners, in place of its levels, which ``load_depth`` and ``load_formers`` bring up
        to date later. Raises ValueError, and changes nothing, when seq does not rise or the batch's time goes
        back.
        """
        if seq <= self.seq:
            raise ValueError(f"seq {seq} follows {self.seq}")
        if ts_ns < self.ts_ns:
            raise ValueError(f"ts_ns {ts_ns} goes back behind {self.ts_ns}")
        self.seq = seq
        self.ts_ns = ts_ns
        for board, side, price_ticks, qty_lots in self._staged_levels:
            board.set_level(side, price_ticks, qty_lots)
        self._staged_levels.clear()
        if self._staged:
            staged, self._staged = self._staged, []
            for apply, arguments in staged:
                apply(*arguments)
        if self._staged_prints:
            self._publish_indices()
        if moves is not None:
            self._pass_batch(moves, cut=cut)
            return
        for instrument_id in sorted(self._touched):
            told = any(listener.wants(instrument_id, "raw") for listener in self._listeners)
            change = self._boards[instrument_id].close_batch(seq, ts_ns, told=told)
            if change is not None:
                self._tell(change)
        self._pending |= self._touched
        self._touched.clear()
        if cut:
            self._close_windows()
        for listener in self._listeners:
            listener.on_end()

    def _pass_batch(self, moves: Moves, *, cut: bool) -> None:
        """End a batch of which nobody is told."""
        self._touched.update(moves.touched)
        for instrument_id in self._touched:
            self._boards[instrument_id].pass_batch(
                self.seq,
                self.ts_ns,
                changed=instrument_id in moves.changed,
                quoted=instrument_id in moves.quoted,
            )
        self._pending |= self._touched
        self._touched.clear()
        if cut:
            for instrument_id in self._pending:
                changed = instrument_id in moves.moved
                self._boards[instrument_id].pass_window(self.seq, changed=changed)
            self._pending.clear()

    def load_formers(self, instrument_id: int, formers: Iterable[tuple[int, int, int]]) -> None:
        """Replace what the open window has changed in an instrument's depth, as `Stream.formers` has it."""
        self.board(instrument_id).window.load_formers(formers)

    def load_depth(
        self,
        instrument_id: int,
        bids: Iterable[tuple[int, int]],
        asks: Iterable[tuple[int, int]],
    ) -> None:
        """Replace the depth of an instrument, (price_ticks, qty_lots) in any order, unpublished.

        It completes ``restore``: the depth must be the one at the snapshot's seq.
        """
        self.board(instrument_id).load_depth(bids, asks)
        for listener in self._listeners:
            listener.on_restore()

    def _add_board(self, instrument: Instrument) -> Board:
        board = Board(instrument, self._tape_capacity)
        self._boards[instrument.instrument_id] = board
        self._ids[instrument.name] = instrument.instrument_id
        if instrument.implied:
            legs = ((self._ids[leg.instrument], leg.ratio) for leg in instrument.legs)
            self.cycles.add(instrument.instrument_id, legs)
        return board

    def _stage(self, instrument_id: int, apply: Callable[..., None], *arguments: Any) -> None:
        self._staged.append((apply, arguments))
        self._touched.add(instrument_id)

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            if listener.wants(change.instrument_id, change.interval):
                listener.on_change(change)

    def _publish_indices(self) -> None:
        prints, self._staged_prints = self._staged_prints, []
        for index in prints:
            self._indices[index.name] = index
            for instrument_id, board in self._boards.items():
                if board.instrument.index_name == index.name:
                    board.set_index(index.price_micros)
                    self._touched.add(instrument_id)
            for listener in self._listeners:
                listener.on_index(index)

    def _close_windows(self) -> None:
        moved: set[int] = set()
        for instrument_id in sorted(self._pending):
            board = self._boards[instrument_id]
            self._tell(board.close_window(self.seq))
            if board.moved_seq == self.seq:
                moved.add(instrument_id)
        self._pending.clear()
        if moved:
            for listener in self._listeners:
                listener.on_window(moved)

    # Snapshot

    def snapshot(self) -> bytes:
        """Return everything but depth; raises RuntimeError between an input and its commit."""
        if self._staged or self._staged_levels or self._staged_prints:
            raise RuntimeError("a batch is open: commit it before the snapshot")
        record = MarketRecord(
            SNAPSHOT_VERSION,
            self.seq,
            self.ts_ns,
            sorted(self._pending),
            list(self._indices.values()),
            [board.dump() for board in self._boards.values()],
        )
        return msgspec.msgpack.encode(record)

    def restore(self, snapshot: bytes) -> None:
        """Replace the whole market; ``load_depth`` of each instrument completes it.

        Raises ValueError, and changes nothing, when the bytes are no snapshot of this version.
        """
        try:
            record = msgspec.msgpack.decode(snapshot, type=MarketRecord)
        except msgspec.DecodeError as error:
            raise ValueError(f"not a market snapshot: {error}") from None
        if record.version != SNAPSHOT_VERSION:
            raise ValueError(f"market snapshot of version {record.version}")
        self._boards, self._ids, self.cycles = {}, {}, Cycles()
        for board in record.boards:
            self._add_board(board.instrument).load(board)
        self._indices = {index.name: index for index in record.indices}
        self._staged, self._staged_levels, self._staged_prints = [], [], []
        self._touched = set()
        self._pending = set(record.pending)
        self.seq, self.ts_ns = record.seq, record.ts_ns
        for listener in self._listeners:
            listener.on_restore()


__all__ = ["IndexPrint", "Listener", "Market", "Moves", "UnknownInstrument"]
