"""Commands as the sequencer receives them, and the batches in which the core applies them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from exchange.core import layout
from exchange.core.layout import CommandKind

Rows = NDArray[np.int64]

INT64_MIN = -(1 << 63)
INT64_MAX = (1 << 63) - 1
_pack = struct.Struct("10q").pack
_ROW_BYTES = 8 * layout.COMMAND_COLUMNS
_PACKED_BYTES = 8 * 10
_SEQ_BYTES = 8
_stamp = struct.Struct("2q").pack
_pack_conditions = struct.Struct(f"{layout.CONDITION_COLUMNS}q").pack

NO_CONDITIONS: Rows = np.zeros((0, layout.CONDITIONS_COLUMNS), np.int64)
"""The table of conditions of a batch in which no command has any."""


class Conditions(NamedTuple):
    """What only few orders say, the matching floor's condition row; 0 says nothing.

    A LINKED command and an amend of a trigger are refused without.
    """

    display_lots: int = 0
    minimum_lots: int = 0
    expiry_ns: int = 0
    trigger_ticks: int = 0
    trail_ticks: int = 0
    link: int = 0
    linked: int = 0
    complete: int = 0
    terms: int = 0
    price_ticks: int = 0
    qty_lots: int = 0


class Command(NamedTuple):
    """One command before it is sequenced; the fields mirror the columns of the command row."""

    kind: int
    account: int = -1
    instrument: int = -1
    order_id: int = 0
    side: int = 0
    tif: int = 0
    instructions: int = 0
    price_ticks: int = 0
    qty_lots: int = 0
    amount_micros: int = 0
    text: str = ""
    conditions: Conditions | None = None

    def packed(self) -> bytes:
        """Return the row without SEQ and TS_NS as native int64, behind it the conditions if there are any.

        Raises ValueError on a ``fault``.
        """
        text, conditions = self[10:]
        try:
            row = _pack(*self[:10])
            if conditions is not None:
                row += _pack_conditions(*conditions)
        except struct.error:
            raise ValueError(self.fault()) from None
        if not text.isascii() and (fault := self.fault()) is not None:
            raise ValueError(fault)
        return row

    def fault(self) -> str | None:
        """Say which field no log can hold: an integer beyond int64, or a text that is not Unicode."""
        numbers = dict(zip(self._fields, self[:10], strict=False))
        if self.conditions is not None:
            numbers |= {f"conditions.{name}": n for name, n in self.conditions._asdict().items()}
        beyond = [name for name, n in numbers.items() if not INT64_MIN <= n <= INT64_MAX]
        if beyond:
            return f"not a 64-bit integer: {', '.join(beyond)}"
        if not self.text.isascii() and any("\ud800" <= c <= "\udfff" for c in self.text):
            return "not Unicode: text holds a lone surrogate"
        return None


class Batch(NamedTuple):
    """Sequenced commands that are logged and applied together.

    rows: int64[n, COMMAND_COLUMNS] with consecutive SEQ and non-decreasing TS_NS.
    texts: row index -> label of a SUBMIT, name or JSON spec of a cold command.
    conditions: int64[k, CONDITIONS_COLUMNS] of the k commands that say more than most, by rising SEQ.
    """

    rows: Rows
    texts: dict[int, str]
    conditions: Rows = NO_CONDITIONS

    def part(self, start: int, end: int) -> Batch:
        """Return the commands from row ``start`` up to ``end``, which is not included, as a batch."""
        texts = {i - start: text for i, text in self.texts.items() if start <= i < end}
        conditions = self.conditions
        if len(conditions):
            seqs = self.rows[start:end, layout.COMMAND_SEQ]
            conditions = conditions[np.isin(conditions[:, layout.CONDITIONS_SEQ], seqs)]
        return Batch(self.rows[start:end], texts, conditions)


def batch_of(commands: list[Command], first_seq: int, ts_ns: int) -> Batch:
    """Stamp commands with consecutive sequence numbers and one time; ValueError on a fault."""
    return stamped([c.packed() for c in commands], [c.text for c in commands], first_seq, ts_ns)


def stamped(packed: Sequence[bytes], texts: Sequence[str], first_seq: int, ts_ns: int) -> Batch:
    """Stamp packed commands, each with its text, as batch_of does."""
    parts: list[bytes] = []
    for seq, row in enumerate(packed, first_seq):
        parts += (_stamp(seq, ts_ns), row)
    # A bytearray, because the rows of an array over bytes could not be written to.
    raw = bytearray().join(parts)
    kept = {i: text for i, text in enumerate(texts) if text} if any(texts) else {}
    if len(raw) == _ROW_BYTES * len(packed):
        return Batch(_table(raw), kept)
    said: list[bytes] = []
    for place, row in enumerate(packed):
        if len(row) > _PACKED_BYTES:
            said += (parts[2 * place][:_SEQ_BYTES], row[_PACKED_BYTES:])
            parts[2 * place + 1] = row[:_PACKED_BYTES]
    return Batch(_table(bytearray().join(parts)), kept, _table(bytearray().join(said)))


def _table(raw: bytearray) -> Rows:
    """Return the rows of bytes: of commands and of their conditions, which are as wide."""
    return np.frombuffer(raw, np.int64).reshape(-1, layout.COMMAND_COLUMNS)


__all__ = [
    "NO_CONDITIONS",
    "Batch",
    "Command",
    "CommandKind",
    "Conditions",
    "Rows",
    "batch_of",
    "stamped",
]
