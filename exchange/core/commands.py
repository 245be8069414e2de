"""Commands as the sequencer receives them, and the batches in which the core applies them."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from exchange.core import layout
from exchange.core.layout import CommandKind

Rows = NDArray[np.int64]

INT64_MIN = -(1 << 63)
INT64_MAX = (1 << 63) - 1
_pack = struct.Struct("10q").pack
_pack_row = struct.Struct("12q").pack


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

    def fault(self) -> str | None:
        """Say which field no log can hold: an integer beyond int64, or a text that is not Unicode."""
        try:
            _pack(*self[:10])
        except struct.error:
            beyond = [
                name
                for name, number in zip(self._fields, self[:10], strict=False)
                if not INT64_MIN <= number <= INT64_MAX
            ]
            return f"not a 64-bit integer: {', '.join(beyond)}"
        if not self.text.isascii() and any("\ud800" <= c <= "\udfff" for c in self.text):
            return "not Unicode: text holds a lone surrogate"
        return None


class Batch(NamedTuple):
    """Sequenced commands that are logged and applied together.

    rows: int64[n, COMMAND_COLUMNS] with consecutive SEQ and non-decreasing TS_NS.
    texts: row index -> label of a SUBMIT, name or JSON spec of a cold command.
    """

    rows: Rows
    texts: dict[int, str]


def batch_of(commands: list[Command], first_seq: int, ts_ns: int) -> Batch:
    """Stamp commands with consecutive sequence numbers and one time."""
    packed = [_pack_row(first_seq + i, ts_ns, *c[:10]) for i, c in enumerate(commands)]
    # A bytearray, because the rows of an array over bytes could not be written to.
    rows = np.frombuffer(bytearray().join(packed), np.int64)
    texts = {i: command.text for i, command in enumerate(commands) if command.text}
    return Batch(rows.reshape(len(commands), layout.COMMAND_COLUMNS), texts)


__all__ = ["Batch", "Command", "CommandKind", "Rows", "batch_of"]
