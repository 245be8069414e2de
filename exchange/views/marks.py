"""Marks, index prices and final settlements as told by the core's events."""

from __future__ import annotations

import msgspec

from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import (
    EVENT_INSTRUMENT,
    EVENT_PRICE_TICKS,
    EVENT_RESTING_FEE_MICROS,
    EVENT_TS_NS,
)
from exchange.views.orders import Row


class Settlement(msgspec.Struct, frozen=True, array_like=True):
    """Final settlement of one instrument, in micros per GPU-hour."""

    instrument: int
    ts_ns: int
    price_micros: int


class _Snapshot(msgspec.Struct, array_like=True):
    mark_ticks: list[int]
    index_names: list[str]
    instrument_indices: list[int]
    index_micros: list[tuple[int, int]]
    settlements: list[Settlement]


class MarkView:
    """The mark of every instrument and the price of every index.

    Instruments are numbered in the order of listing, indices in the order in which listings first
    name them, as in the core.
    """

    def __init__(self) -> None:
        self._mark_ticks: list[int] = []
        self._index_names: list[str] = []
        self._instrument_indices: list[int] = []
        self._index_micros: dict[int, int] = {}
        self.settlements: list[Settlement] = []
        """Earliest first; an instrument settles finally once."""

    def list_instrument(self, spec: InstrumentSpec, mark_ticks: int) -> None:
        """Add the next instrument with its first mark."""
        if spec.index not in self._index_names:
            self._index_names.append(spec.index)
        self._mark_ticks.append(mark_ticks)
        self._instrument_indices.append(self._index_names.index(spec.index))

    def mark(self, row: Row) -> None:
        """Apply a MARKED row."""
        self._mark_ticks[row[EVENT_INSTRUMENT]] = row[EVENT_PRICE_TICKS]

    def print_index(self, row: Row) -> None:
        """Apply an INDEX_PRINTED row."""
        self._index_micros[row[EVENT_INSTRUMENT]] = row[EVENT_RESTING_FEE_MICROS]

    def settle(self, row: Row) -> None:
        """Apply a STATE_CHANGED row to EXPIRED, which carries the settlement price."""
        self.settlements.append(
            Settlement(row[EVENT_INSTRUMENT], row[EVENT_TS_NS], row[EVENT_RESTING_FEE_MICROS])
        )

    def mark_ticks(self, instrument: int) -> int:
        """Return the mark of an instrument."""
        return self._mark_ticks[instrument]

    def index_micros(self, instrument: int) -> int:
        """Return an instrument's index price in micros per GPU-hour; 0 before the first print."""
        return self._index_micros.get(self._instrument_indices[instrument], 0)

    def snapshot(self) -> bytes:
        """Return the whole view as MessagePack; equal views give equal bytes."""
        return msgspec.msgpack.encode(
            _Snapshot(
                self._mark_ticks,
                self._index_names,
                self._instrument_indices,
                sorted(self._index_micros.items()),
                self.settlements,
            )
        )

    def restore(self, snapshot: bytes) -> None:
        """Become the view that was saved; raises ``msgspec.DecodeError`` for other bytes."""
        saved = msgspec.msgpack.decode(snapshot, type=_Snapshot)
        self._mark_ticks = saved.mark_ticks
        self._index_names = saved.index_names
        self._instrument_indices = saved.instrument_indices
        self._index_micros = dict(saved.index_micros)
        self.settlements = saved.settlements
