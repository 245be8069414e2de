"""The scan over scenarios, in vectors: new losses and the worst of them, eight scenarios at a time.

A loop over 24 scenarios would be unrolled into as many multiplications one after the other, with more
values than there are registers. Written as vectors they are a dozen instructions on machines with wide
ones, and what each other machine has instead. Figures: docs/decisions/0016-core-speed.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from exchange.core.layout import SCENARIOS
from matching.compiled import JIT
from matching.rows import Rows, row_pointer

Array = Any

_LANES = 8
_WORD = ir.IntType(64)
_VECTOR = ir.VectorType(_WORD, _LANES)
_WORD_BYTES = 8


def scan_loops(
    losses: Array,
    account: int,
    moves: Array,
    instrument: int,
    first: int,
    longest: int,
    shortest: int,
    stores: int,
) -> int:
    """Return the worst loss, at least 0, after a change of one position by ``longest`` and ``shortest``.

    first: the column from which SCENARIOS losses, and as many moves, are meant. longest, shortest: by
    how much the ends change that lose when the price falls, and when it rises. stores: 1 to keep the
    new losses.
    """
    worst = 0
    for column in range(first, first + SCENARIOS):
        move = int(moves[instrument, column])
        loss = int(losses[account, column]) - move * (shortest if move > 0 else longest)
        if stores:
            losses[account, column] = loss
        worst = max(worst, loss)
    return worst


def _spread(builder: Any, value: Any) -> Any:
    """Return a vector of one value."""
    undefined, number = ir.Constant(_VECTOR, ir.Undefined), ir.IntType(32)
    single = builder.insert_element(undefined, value, number(0))
    places = ir.Constant(ir.VectorType(number, _LANES), [0] * _LANES)
    return builder.shuffle_vector(single, undefined, places)


def _larger(builder: Any, one: Any, other: Any) -> Any:
    return builder.select(builder.icmp_signed(">", one, other), one, other)


def _largest(builder: Any, vector: Any) -> Any:
    reduce = cast("Any", cgutils).get_or_insert_function(
        builder.module,
        ir.FunctionType(_WORD, [_VECTOR]),
        f"llvm.vector.reduce.smax.v{_LANES}i64",
    )
    return builder.call(reduce, [vector])


def _is_table(kind: Any) -> bool:
    return isinstance(kind, (Rows, types.Array)) and kind.ndim == 2


def _emit(context: Any, builder: Any, signed: Any, arguments: Any) -> Any:
    losses, account, moves, instrument, first, longest, shortest, stores = arguments
    nothing = ir.Constant(_VECTOR, [0] * _LANES)
    longest, shortest = _spread(builder, longest), _spread(builder, shortest)
    worst = nothing
    for lane in range(0, SCENARIOS, _LANES):
        column = builder.add(first, _WORD(lane))
        loss_pointer, loss_class = row_pointer(
            context, builder, signed.args[0], losses, [account, column]
        )
        move_pointer, move_class = row_pointer(
            context, builder, signed.args[2], moves, [instrument, column]
        )
        loss_pointer, move_pointer = (
            builder.bitcast(pointer, _VECTOR.as_pointer())
            for pointer in (loss_pointer, move_pointer)
        )
        former = builder.load(loss_pointer, align=_WORD_BYTES)
        move = builder.load(move_pointer, align=_WORD_BYTES)
        rises = builder.icmp_signed(">", move, nothing)
        lots = builder.select(rises, shortest, longest)
        loss = builder.sub(former, builder.mul(move, lots))
        with builder.if_then(builder.icmp_signed("!=", stores, _WORD(0))):
            stored = builder.store(loss, loss_pointer, align=_WORD_BYTES)
        for instruction, alias_class in (
            (former, loss_class),
            (move, move_class),
            (stored, loss_class),
        ):
            if alias_class is not None:
                instruction.set_metadata("tbaa", alias_class)
        worst = _larger(builder, worst, loss)
    return _largest(builder, worst)


@intrinsic
def _scan(
    _typing: Any,
    losses: Any,
    account: Any,
    moves: Any,
    instrument: Any,
    first: Any,
    longest: Any,
    shortest: Any,
    stores: Any,
) -> Any:
    integers = account, instrument, first, longest, shortest, stores
    if not (_is_table(losses) and _is_table(moves)):
        return None
    if not all(isinstance(given, types.Integer) for given in integers):
        return None
    word = types.int64
    return word(losses, word, moves, word, word, word, word, word), _emit


scan: Callable[[Array, int, Array, int, int, int, int, int], int] = (
    cast("Any", _scan) if JIT else scan_loops
)
"""``scan_loops``, eight scenarios at a time where it is compiled."""
