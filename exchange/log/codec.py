"""Batches as bytes: little-endian int64 rows, MessagePack texts, and a checksum that chains them.

The rows are those of the commands, then those of their conditions, which are as wide: where SEQ does not
go on by one, the conditions begin.
"""

from __future__ import annotations

import zlib

import msgspec
import numpy as np

from exchange.core.commands import Batch, Rows
from exchange.core.layout import COMMAND_COLUMNS, COMMAND_SEQ, CONDITIONS_SEQ
from exchange.explained import ExplainedError

_LITTLE = np.dtype("<i8")
_texts = msgspec.msgpack.Decoder(dict[int, str])


class CorruptLogError(ExplainedError, ValueError):
    """A record does not decode, or does not continue the one before it."""


def encode(batch: Batch) -> tuple[bytes, bytes]:
    """Return the bytes of a batch's rows and of its texts."""
    rows = batch.rows.astype(_LITTLE, copy=False).tobytes()
    if len(batch.conditions):
        rows += batch.conditions.astype(_LITTLE, copy=False).tobytes()
    return rows, msgspec.msgpack.encode(batch.texts)


def decode(rows: bytes, texts: bytes) -> Batch:
    """Return the batch of a record (CorruptLogError when the bytes are none)."""
    if len(rows) % (8 * COMMAND_COLUMNS):
        raise CorruptLogError(f"{len(rows)} bytes are not whole command rows")
    table = np.frombuffer(rows, _LITTLE).astype(np.int64, copy=False).reshape(-1, COMMAND_COLUMNS)
    seqs = table[:, COMMAND_SEQ]
    breaks = np.flatnonzero(np.diff(seqs) != 1)
    count = int(breaks[0]) + 1 if len(breaks) else len(table)
    conditions = table[count:]
    if len(conditions) and not _follow(conditions[:, CONDITIONS_SEQ], seqs[:count]):
        raise CorruptLogError("conditions are not those of the commands before them")
    try:
        return Batch(table[:count], _texts.decode(texts), conditions)
    except msgspec.DecodeError as error:
        raise CorruptLogError(f"texts do not decode: {error}") from None


def _follow(of_conditions: Rows, of_commands: Rows) -> bool:
    """Say whether the numbers of conditions rise, and are numbers of commands."""
    rising = bool((of_conditions[1:] > of_conditions[:-1]).all())
    return rising and bool(
        of_commands[0] <= of_conditions[0] and of_conditions[-1] <= of_commands[-1]
    )


def chained(former: int, rows: bytes, texts: bytes) -> int:
    """Return the CRC-32 of a record on top of its predecessor's, so that order and gaps count too."""
    return zlib.crc32(texts, zlib.crc32(rows, former))
