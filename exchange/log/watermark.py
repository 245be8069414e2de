"""The high-water mark: how far the log was durable, kept beside it, so that a log that lost its end is told.

A log whose end is cut off is a sound, shorter log: SQLite drops whatever of its write-ahead log no longer
checks (https://www.sqlite.org/fileformat2.html#the_write_ahead_log), and a chain of checksums has no end
that could be missing. So the writer notes the last durable batch in a file of its own after each commit.
The note is not synced: it may be behind the log, after a loss of power by much, and never ahead of it.
"""

from __future__ import annotations

import logging
import os
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

MARK_NAME = "commands.mark"

_NOTE = struct.Struct("<QII")
_SLOT_BYTES = 512
"""Each of the two slots has a sector of its own: a write that is torn leaves the other."""

logger = logging.getLogger(__name__)


class Mark(NamedTuple):
    """A durable batch: the sequence number of its last command, and its checksum in the chain."""

    seq: int
    checksum: int


def read(directory: Path) -> Mark:
    """Return the mark of a log's directory, Mark(0, 0) where there is none or nothing of it is intact."""
    try:
        content = (directory / MARK_NAME).read_bytes()
    except FileNotFoundError:
        return Mark(0, 0)
    found = [Mark(0, 0)]
    for start in (0, _SLOT_BYTES):
        slot = content[start : start + _NOTE.size]
        if len(slot) == _NOTE.size:
            seq, checksum, check = _NOTE.unpack(slot)
            if check == zlib.crc32(slot[:-4]):
                found.append(Mark(seq, checksum))
    return max(found)


class HighWaterMark:
    """Writes the mark of one log's directory; ``note`` after each durable batch."""

    def __init__(self, directory: Path) -> None:
        self._descriptor = os.open(directory / MARK_NAME, os.O_CREAT | os.O_RDWR, 0o600)
        # Blocks of its own from now on: a disk that is full later takes the notes all the same.
        if os.fstat(self._descriptor).st_size < 2 * _SLOT_BYTES:
            os.pwrite(self._descriptor, bytes(2 * _SLOT_BYTES), 0)
        self._turn = 0
        self._failed = False

    def note(self, seq: int, checksum: int) -> None:
        """Note a batch that is durable; a failure is logged once, the mark then stays behind."""
        self._turn ^= 1
        head = _NOTE.pack(seq, checksum, 0)[:-4]
        slot = head + zlib.crc32(head).to_bytes(4, "little")
        try:
            os.pwrite(self._descriptor, slot, self._turn * _SLOT_BYTES)
        except OSError as error:
            if not self._failed:
                logger.error("the log's high-water mark stays behind: %s", error)
            self._failed = True
        else:
            self._failed = False

    def close(self) -> None:
        """Sync the file, where the disk takes it, and close it."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            logger.error("the log's high-water mark was not synced: %s", error)
        finally:
            os.close(self._descriptor)
