"""The tape's files: each written whole under another name, then renamed; one file says how far they go.

``TABLE/YYYY-MM-DD/FIRST-LAST.parquet`` holds what the commands FIRST to LAST did, ``mbo/…dbn.zst`` the
same in DBN. ``position.json`` names the last command of all files, and ``state-SEQ.bin`` is the core
there. A file beyond the position is of a recorder that died before it was done: it is removed, and
written again, the same, from the log.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from exchange.core import snapshot
from exchange.core.core import Core
from exchange.core.snapshot import RulesVersionError
from exchange.explained import ExplainedError

POSITION_NAME = "position.json"
PARTIAL = ".part"
_SPAN = re.compile(r"^(\d+)-(\d+)\.")
_STATE = re.compile(r"^state-(\d+)\.bin$")


class TapeError(ExplainedError, RuntimeError):
    """The recorder cannot go on with these files; the text says why and what to do."""


class Position(msgspec.Struct, frozen=True):
    """How far the files go: the last command that is in them."""

    seq: int
    ts_ns: int


class TapeFiles:
    """The folder of one tape; opening it removes what a recorder left unfinished."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / POSITION_NAME
        try:
            self.position = (
                msgspec.json.decode(path.read_bytes(), type=Position)
                if path.exists()
                else Position(0, 0)
            )
        except msgspec.DecodeError as error:
            raise TapeError(f"{path}: {error}; record into another folder") from None
        self._clean()

    def _clean(self) -> None:
        for path in sorted(self.folder.rglob("*")):
            span, state = _SPAN.match(path.name), _STATE.match(path.name)
            beyond = span is not None and int(span[2]) > self.position.seq
            stale = state is not None and int(state[1]) != self.position.seq
            if path.is_file() and (path.name.endswith(PARTIAL) or beyond or stale):
                path.unlink()

    def core(self) -> Core | None:
        """Return the core at the position; None where it must be made from the log."""
        if self.position.seq == 0:
            return Core()
        path = self._state(self.position.seq)
        try:
            return snapshot.restore(path.read_bytes())
        except (FileNotFoundError, ValueError, RulesVersionError):
            return None

    def spans(self, table: str) -> list[tuple[int, int]]:
        """Return the first and last commands of a table's files, in order."""
        names = sorted((self.folder / table).rglob("[0-9]*"))
        found = (_SPAN.match(path.name) for path in names if path.suffix != PARTIAL)
        return [(int(span[1]), int(span[2])) for span in found if span is not None]

    @contextmanager
    def file(
        self, table: str, first_seq: int, last_seq: int, ts_ns: int, suffix: str
    ) -> Iterator[BinaryIO]:
        """Give a file to write; it has its name once it is whole and on the disk."""
        folder = self.folder / table / day_of(ts_ns)
        folder.mkdir(parents=True, exist_ok=True)
        with self._replacing(folder / f"{first_seq:012d}-{last_seq:012d}.{suffix}") as file:
            yield file

    def advance(self, core: Core) -> None:
        """Say that the files go as far as a core is: only now they count."""
        former = self.position
        with self._replacing(self._state(core.seq)) as file:
            file.write(snapshot.take(core))
        self.position = Position(core.seq, core.ts_ns)
        with self._replacing(self.folder / POSITION_NAME) as file:
            file.write(msgspec.json.encode(self.position))
        if former.seq != core.seq:
            self._state(former.seq).unlink(missing_ok=True)

    def _state(self, seq: int) -> Path:
        return self.folder / f"state-{seq}.bin"

    @contextmanager
    def _replacing(self, path: Path) -> Iterator[BinaryIO]:
        partial = path.with_name(path.name + PARTIAL)
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync(path.parent)


def day_of(ts_ns: int) -> str:
    """Return the UTC day of a time, such as 2026-12-31."""
    return datetime.fromtimestamp(ts_ns // 1_000_000_000, UTC).date().isoformat()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
