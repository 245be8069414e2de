"""Commands as the sequencer receives them, and the batches in which the core applies them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from exchange.core import layout
from exchange.core.layout import CommandKind

Rows = NDArray[np.int64]


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

    def row(self, seq: int, ts_ns: int) -> tuple[int, ...]:
        """Return the command row under its sequence number and time."""
        return (seq, ts_ns, *self[:10])


class Batch(NamedTuple):
    """Sequenced commands that are logged and applied together.

    rows: int64[n, COMMAND_COLUMNS] with consecutive SEQ and non-decreasing TS_NS.
    texts: row index -> label of a SUBMIT, name or JSON spec of a cold command.
    """

    rows: Rows
    texts: dict[int, str]


def batch_of(commands: list[Command], first_seq: int, ts_ns: int) -> Batch:
    """Stamp commands with consecutive sequence numbers and one time."""
    rows = np.array(
        [command.row(first_seq + i, ts_ns) for i, command in enumerate(commands)], np.int64
    ).reshape(len(commands), layout.COMMAND_COLUMNS)
    texts = {i: command.text for i, command in enumerate(commands) if command.text}
    return Batch(rows, texts)


__all__ = ["Batch", "Command", "CommandKind", "Rows", "batch_of"]
