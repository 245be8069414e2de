"""How long one command takes inside the compiled book, without the call from Python.

A compiled loop gives the batch kernel one command row at a time and reads the processor's cycle counter
around each. Both reads stand between fences, so no work of a neighbouring command is counted, nor can
commands overlap as they do in a batch: the times are upper bounds, and their mean is above
what the batch rate says. The cost of an empty pair of reads is measured in the same way and taken off.
baseline.cpp has the same loop for the same reason. x86-64 only. docs/decisions/0010-timing-one-command.md.
"""

from __future__ import annotations

import platform
import time
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from benchmarks.baseline import BaselineBook
from benchmarks.measure import Spread, percentiles
from matching.book import OrderBooks
from matching.compiled import JIT, KernelCompiler
from matching.kernel import apply_batch
from matching.layout import CONDITION_COLUMNS, POOL_APPLIED

Rows = NDArray[np.int64]

MEASURABLE = JIT and platform.machine() in ("x86_64", "AMD64")
RING = 4096
"""Event rows after which the writing starts again at the first, as many as a batch of 1,000 may need."""
CALIBRATION_NS = 20_000_000

_compiler = KernelCompiler("benchmarks.latency")
_apply: Any = apply_batch


@intrinsic
def _fenced_cycles(_typing: Any) -> Any:
    def emit(_context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        word, module = ir.IntType(64), builder.module
        fence = module.declare_intrinsic(
            "llvm.x86.sse2.lfence", fnty=ir.FunctionType(ir.VoidType(), [])
        )
        counter = module.declare_intrinsic("llvm.readcyclecounter", fnty=ir.FunctionType(word, []))
        builder.call(fence, [])
        cycles = builder.call(counter, [])
        builder.call(fence, [])
        return cycles

    return types.int64(), emit


fenced_cycles: Any = cast("Any", _fenced_cycles)


@_compiler.kernel
def _time_each(arrays: Any, pool: Any, commands: Any, ring: int, cycles: Any) -> int:
    """Apply each row as a batch of its own, cycles receives what it took; return the rows applied."""
    offset = 0
    for row in range(commands.shape[0]):
        began = fenced_cycles()
        offset = _apply(*arrays, commands[row : row + 1], 0, offset)
        cycles[row] = fenced_cycles() - began
        if pool[POOL_APPLIED] != 1:
            return row
        if offset >= ring:
            offset = 0
    return int(commands.shape[0])


@_compiler.kernel
def _time_nothing(cycles: Any) -> int:
    """Fill with the cycles of two reads and nothing between them; return their number."""
    for row in range(cycles.shape[0]):
        began = fenced_cycles()
        cycles[row] = fenced_cycles() - began
    return int(cycles.shape[0])


def kernel_cycles(books: OrderBooks, commands: Rows) -> Rows:
    """Return the cycles of each command row in books that stand as they should before the first."""
    books.make_room(len(commands), RING)
    cycles = np.zeros(len(commands), np.int64)
    arrays = tuple(books.arrays(np.zeros((0, CONDITION_COLUMNS), np.int64)))
    if _time_each(arrays, books.pool, commands, RING, cycles) != len(commands):
        raise RuntimeError("the books had no room for the timed commands")
    return cycles


def baseline_cycles(book: BaselineBook, commands: Rows) -> Rows:
    """Return the cycles of each command row in the C++ book."""
    return book.apply_timed(commands, RING)


def read_cycles() -> float:
    """Return the median cycles of a pair of reads with nothing between them."""
    cycles = np.zeros(100_000, np.int64)
    _time_nothing(cycles)
    _time_nothing(cycles)
    return float(np.median(cycles))


def cycles_per_ns() -> float:
    """Return the rate of the cycle counter, measured against the clock for 20 ms."""
    pair = np.zeros(1, np.int64)
    _read_once(pair)
    began_ns = time.perf_counter_ns()
    _read_once(pair)
    began = int(pair[0])
    while (elapsed_ns := time.perf_counter_ns() - began_ns) < CALIBRATION_NS:
        pass
    _read_once(pair)
    return (int(pair[0]) - began) / elapsed_ns


@_compiler.kernel
def _read_once(cycles: Any) -> int:
    """Write the counter into the first item."""
    cycles[0] = fenced_cycles()
    return 0


def spread_of(cycles: Rows) -> Spread:
    """Return the percentiles of measured cycles in ns, less what reading the counter takes."""
    return percentiles(np.maximum(cycles - read_cycles(), 0) / cycles_per_ns())
