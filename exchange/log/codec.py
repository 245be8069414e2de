"""Batches as bytes: little-endian int64 rows, MessagePack texts, and a checksum that chains them."""

from __future__ import annotations

import zlib

import msgspec
import numpy as np

from exchange.core.commands import Batch
from exchange.core.layout import COMMAND_COLUMNS

_LITTLE = np.dtype("<i8")
_texts = msgspec.msgpack.Decoder(dict[int, str])


class CorruptLogError(ValueError):
    """A record does not decode, or does not continue the one before it."""


def encode(batch: Batch) -> tuple[bytes, bytes]:
    """Return the bytes of a batch's rows and of its texts."""
    return batch.rows.astype(_LITTLE, copy=False).tobytes(), msgspec.msgpack.encode(batch.texts)


def decode(rows: bytes, texts: bytes) -> Batch:
    """Return the batch of a record (CorruptLogError when the bytes are none)."""
    if len(rows) % (8 * COMMAND_COLUMNS):
        raise CorruptLogError(f"{len(rows)} bytes are not whole command rows")
    table = np.frombuffer(rows, _LITTLE).astype(np.int64, copy=False)
    try:
        return Batch(table.reshape(-1, COMMAND_COLUMNS), _texts.decode(texts))
    except msgspec.DecodeError as error:
        raise CorruptLogError(f"texts do not decode: {error}") from None


def chained(former: int, rows: bytes, texts: bytes) -> int:
    """Return the CRC-32 of a record on top of its predecessor's, so that order and gaps count too."""
    return zlib.crc32(texts, zlib.crc32(rows, former))
