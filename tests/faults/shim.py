"""The library of faults: compiled where there is a C compiler, preloaded, and ruled through a mapped file."""

from __future__ import annotations

import hashlib
import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from enum import IntEnum, IntFlag
from pathlib import Path

import msgspec

SOURCE = Path(__file__).with_name("shim.c")
CONTROL_VARIABLE = "CFX_FAULTS_CONTROL"

_FIELDS = (
    "armed",
    "count",
    "kill_at",
    "kill_mode",
    "power",
    "seed",
    "fail_ops",
    "fail_errno",
    "fail_from",
    "fail_until",
    "failed",
    "clock_offset_ns",
)
_NUMBER = struct.Struct("<q")
_MATCH_AT, _MATCH_BYTES = len(_FIELDS) * _NUMBER.size, 160
_TRACE_AT, TRACED = _MATCH_AT + _MATCH_BYTES, 16_384
_BYTES = _TRACE_AT + TRACED


class Op(IntFlag):
    """What a call does to a file."""

    WRITE = 1
    SYNC = 2
    TRUNCATE = 4
    REMOVE = 8


class KillMode(IntEnum):
    """Where in its call a process dies; TORN is half-way through a write."""

    BEFORE = 0
    TORN = 1
    AFTER = 2


class Power(IntEnum):
    """What becomes of changes that were not synced: a killed process keeps them, a loss of power need not."""

    KEEP = 0
    LOSE_ALL = 1
    LOSE_SOME = 2


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """What shall go wrong with the calls on files whose path holds ``match``; calls count from 1.

    fail_until: the last call that fails, 0 for all from ``fail_from`` on. seed: draws what LOSE_SOME loses.
    """

    match: str
    kill_at: int = 0
    kill_mode: KillMode = KillMode.BEFORE
    power: Power = Power.KEEP
    seed: int = 0
    fail_ops: int = 0
    fail_errno: int = 0
    fail_from: int = 0
    fail_until: int = 0


class Control:
    """The mapped file by which a test and the processes with the library speak."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            path.write_bytes(bytes(_BYTES))
        with path.open("r+b") as file:
            self._mapped = mmap.mmap(file.fileno(), _BYTES)

    def arm(self, faults: Faults) -> None:
        """Count from now on, and do harm as it says; the clock stays."""
        self["armed"] = 0
        match = faults.match.encode()
        self._mapped[_MATCH_AT:_TRACE_AT] = match.ljust(_MATCH_BYTES, b"\0")
        self._mapped[_TRACE_AT:] = bytes(TRACED)
        for name in _FIELDS[1:-1]:
            self[name] = int(getattr(faults, name, 0))
        self["armed"] = 1

    def heal(self) -> None:
        """Let no more calls fail."""
        self["fail_ops"] = 0

    def ops(self) -> list[Op]:
        """Return what each counted call was."""
        traced = self._mapped[_TRACE_AT + 1 : _TRACE_AT + 1 + min(self["count"], TRACED - 1)]
        return list(map(Op, traced))

    def environment(self, library: Path) -> dict[str, str]:
        """Return the variables with which a process starts under the library."""
        return {"LD_PRELOAD": str(library), CONTROL_VARIABLE: str(self.path)}

    def __getitem__(self, name: str) -> int:
        return int(_NUMBER.unpack_from(self._mapped, _FIELDS.index(name) * _NUMBER.size)[0])

    def __setitem__(self, name: str, number: int) -> None:
        _NUMBER.pack_into(self._mapped, _FIELDS.index(name) * _NUMBER.size, number)


def compiled() -> Path | None:
    """Return the library, compiled once for each version of its source; None without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    version = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    library = Path(tempfile.gettempdir()) / f"cfx-faults-{os.getuid()}-{version}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory(dir=library.parent) as folder:
            made = Path(folder) / "shim.so"
            command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-o", str(made), str(SOURCE)]
            subprocess.run([*command, "-ldl"], check=True, capture_output=True, timeout=60)
            made.replace(library)
    return library
