"""The plain C++ book of baseline.cpp behind the call of OrderBooks: what one core can do."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from matching import layout as at

Rows = NDArray[np.int64]

SOURCE = Path(__file__).with_name("baseline.cpp")
COMPILER = "g++"
FLAGS = ("-std=c++17", "-O3", "-march=native", "-Wall", "-Wextra", "-shared", "-fPIC")
CODES = tuple(
    f"-D{kind.__name__.upper()}_{member.name}={member.value}"
    for kind in (at.CommandKind, at.EventKind, at.Reason, at.TimeInForce)
    for member in kind
)
"""The codes of the rows, as macros for the source."""

_POINTER, _INT = ctypes.c_void_p, ctypes.c_int64


class UnavailableError(RuntimeError):
    """The baseline cannot be built here; the text says why."""


@cache
def library() -> Any:
    """Return the compiled book, built once for each source, compiler and processor (UnavailableError).

    Files of former builds stay in the user's cache folder, 20 KiB each.
    """
    compiler = shutil.which(COMPILER)
    if compiler is None:
        raise UnavailableError(f"no {COMPILER} here")
    # What -march=native stands for is part of the name: a cache may be shared by unlike machines.
    probed = subprocess.run(
        [compiler, "-march=native", "-Q", "--help=target", "--version"],
        capture_output=True,
        check=False,
    )
    digest = hashlib.sha256(SOURCE.read_bytes() + probed.stdout + repr((FLAGS, CODES)).encode())
    path = user_cache_path("compute-futures-exchange") / f"baseline-{digest.hexdigest()[:16]}.so"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".building")
        built = subprocess.run(
            [compiler, *FLAGS, *CODES, "-o", str(fresh), str(SOURCE)],
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            raise UnavailableError(f"{COMPILER}: {built.stderr.strip().splitlines()[0]}")
        fresh.rename(path)
    return _declared(ctypes.CDLL(str(path)))


def _declared(loaded: Any) -> Any:
    loaded.baseline_open.argtypes = (_INT, _INT, _INT)
    loaded.baseline_open.restype = _POINTER
    loaded.baseline_close.argtypes = (_POINTER,)
    loaded.baseline_close.restype = None
    loaded.baseline_live.argtypes = (_POINTER,)
    loaded.baseline_live.restype = _INT
    loaded.baseline_apply.argtypes = (_POINTER, _POINTER, _INT, _POINTER)
    loaded.baseline_apply.restype = _INT
    if hasattr(loaded, "baseline_apply_timed"):
        loaded.baseline_apply_timed.argtypes = (_POINTER, _POINTER, _INT, _POINTER, _INT, _POINTER)
        loaded.baseline_apply_timed.restype = None
    return loaded


class BaselineBook:
    """One book of prices ``base_ticks <= price_ticks < base_ticks + levels``, named by index 0.

    levels: a multiple of 4,096, at most 262,144. orders: the most that can rest, fixed at the start.
    Takes GTC and IOC limit orders, cancels and amends. Raises UnavailableError, ValueError or MemoryError.
    """

    def __init__(self, levels: int, *, base_ticks: int = 0, orders: int = at.MAX_ORDERS) -> None:
        if levels % at.LEVELS_STEP or not 0 < levels <= at.MAX_LEVELS:
            raise ValueError(f"levels must be a multiple of {at.LEVELS_STEP}: {levels}")
        if not 1 <= orders <= at.MAX_ORDERS:
            raise ValueError(f"orders must be from 1 to {at.MAX_ORDERS}: {orders}")
        self._library = library()
        self._book = self._library.baseline_open(levels, base_ticks, orders)
        if not self._book:
            raise MemoryError("no room for the baseline book")
        self._call = self._library.baseline_apply
        self._make_room(1024)

    def __del__(self) -> None:
        if getattr(self, "_book", None):
            self._library.baseline_close(self._book)

    @property
    def live(self) -> int:
        """Number of resting orders."""
        return int(self._library.baseline_live(self._book))

    def _make_room(self, rows: int) -> None:
        self.events: Rows = np.zeros((rows, at.EVENT_COLUMNS), np.int64)
        self._events_at = self.events.ctypes.data

    def make_room(self, commands: int) -> None:
        """Grow the event rows so that this many commands can be applied."""
        needed = self.live + 4 * commands
        if needed > len(self.events):
            self._make_room(max(needed, 2 * len(self.events)))

    def apply(self, commands: Rows) -> Rows:
        """Apply command rows in order; return their event rows, a view that the next call overwrites."""
        checked = _checked(commands)
        self.make_room(len(checked))
        count = self._call(self._book, checked.ctypes.data, len(checked), self._events_at)
        return self.events[:count]

    def apply_timed(self, commands: Rows, ring: int) -> Rows:
        """Apply each row as a batch of its own; return the cycles that each took (x86-64 only).

        ring: event rows after which the writing starts again at the first. Raises UnavailableError elsewhere.
        """
        if not hasattr(self._library, "baseline_apply_timed"):
            raise UnavailableError("the cycle counter is read on x86-64 only")
        checked = _checked(commands)
        rows = self.live + len(checked) + ring + 4
        if rows > len(self.events):
            self._make_room(rows)
        cycles = np.zeros(len(checked), np.int64)
        self._library.baseline_apply_timed(
            self._book,
            checked.ctypes.data,
            len(checked),
            self._events_at,
            ring,
            cycles.ctypes.data,
        )
        return cycles


def _checked(commands: Rows) -> Rows:
    if commands.dtype != np.int64 or commands.ndim != 2 or commands.shape[1] != at.COMMAND_COLUMNS:
        raise ValueError(f"commands must be int64[n, {at.COMMAND_COLUMNS}]")
    return np.ascontiguousarray(commands)
