"""Passing a named tuple of arrays through a kernel as one address.

By value ten arrays are a hundred numbers, copied at each call that is not inlined (80 to 100 ns). Here
what describes them stands in a *table* of words, and only its address is handed on. A kernel that is
given the arrays makes the table on its stack; for calls that must be short Python keeps one
(``KeptTable``), because taking over ten arrays costs more than most verbs. A field is read from
there by loads that are marked as invariant, so that the optimiser may keep what it has read: nothing
in a kernel ever changes a table. Figures: docs/decisions/0011-parts-of-kernels.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.errors import TypingError
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    register_model,
)

from matching.arrays import Arrays
from matching.rows import Rows, make_rows

_WORD = ir.IntType(64)


class Table(types.Type):  # type: ignore[misc]
    """Numba's type of the address of a table; ``fields`` are Rows, in the order of the tuple ``owner``."""

    def __init__(self, owner: type, fields: dict[str, Rows]) -> None:
        self.fields = fields
        # The name becomes part of that of every function, so it is kept short.
        super().__init__(name=f"Table({owner.__name__})")

    @property
    def key(self) -> Any:
        """What tells one table from another."""
        return self.name, *self.fields.items()

    def place_of(self, field: str) -> int:
        """Return the word at which a field's description starts."""
        names = list(self.fields)
        return sum(self.fields[name].words for name in names[: names.index(field)])


_VECTOR = 1
"""Width of an array with one dimension."""


def _field(owner: type, name: str, ndim: int, width: int) -> Rows:
    return Rows(f"{owner.__name__}.{name}", ndim, width if ndim > 1 else 0)


def _table_of_tuple(given: Any) -> Table:
    """Return the table of a named tuple of arrays; its class may tell their widths (see ``Arrays``)."""
    owner = given.instance_class
    widths: dict[str, int] = getattr(owner, "widths", dict)()
    fields = {}
    for name, array in zip(owner._fields, given.types, strict=True):
        if not isinstance(array, types.Array) or array.dtype != types.int64:
            raise TypingError(f"{name} must be an array of int64: {array}")
        width = widths.get(name, 0)
        if array.layout == "F" or (width > _VECTOR and array.layout != "C"):
            raise TypingError(
                f"{name} must be C-contiguous, or rows of it with gaps between: {array}"
            )
        fields[name] = _field(owner, name, array.ndim, width)
    return Table(owner, fields)


_FLOOR = Table(
    Arrays,
    {
        name: _field(Arrays, name, 1 if width == _VECTOR else 2, width)
        for name, width in Arrays.widths().items()
    },
)


@register_model(Table)
class _TableModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, table: Any) -> None:
        super().__init__(manager, table, _WORD.as_pointer())


@infer_getattr
class _Fields(AttributeTemplate):  # type: ignore[misc]
    key = Table

    def generic_resolve(self, table: Any, name: str) -> Any:  # type: ignore[override]
        return table.fields.get(name)


def _load_invariant(builder: Any, pointer: Any) -> Any:
    value = builder.load(pointer)
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


@lower_getattr_generic(Table)  # type: ignore[misc]
def _read_field(context: Any, builder: Any, table: Any, address: Any, name: str) -> Any:
    kind, first = table.fields[name], table.place_of(name)
    pointers = [
        builder.gep(address, [_WORD(first + word)], inbounds=True) for word in range(kind.words)
    ]
    pointers[0] = builder.bitcast(pointers[0], _WORD.as_pointer().as_pointer())
    start, *words = (_load_invariant(builder, pointer) for pointer in pointers)
    return make_rows(context, builder, kind, start, words)


def _described(context: Any, builder: Any, array_type: Any, value: Any) -> tuple[Any, list[Any]]:
    """Return the address of an array, its extents and its strides in items."""
    array = context.make_array(array_type)(context, builder, value)
    extents = cgutils.unpack_tuple(builder, array.shape, array_type.ndim)
    strides = cgutils.unpack_tuple(builder, array.strides, array_type.ndim)[:-1]
    return array.data, extents + [builder.ashr(stride, _WORD(3)) for stride in strides]


@intrinsic  # type: ignore[misc]
def _by_address(_typing: Any, given: Any) -> Any:
    def read(_context: Any, builder: Any, _signed: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], _WORD.as_pointer())

    def write(context: Any, builder: Any, signed: Any, arguments: Any) -> Any:
        values = cgutils.unpack_tuple(builder, arguments[0])
        words: list[Any] = []
        for array_type, value in zip(signed.args[0], values, strict=True):
            start, others = _described(context, builder, array_type, value)
            words += [builder.ptrtoint(start, _WORD), *others]
        table = cgutils.alloca_once(builder, _WORD, size=len(words))
        for place, word in enumerate(words):
            builder.store(word, builder.gep(table, [_WORD(place)], inbounds=True))
        # Without this the optimiser knows where the invariant loads read, and may move one before its store.
        same = ir.FunctionType(table.type, [table.type])
        return builder.asm(same, "", "=r,0,~{memory}", [table], True)

    if isinstance(given, types.Integer):
        return _FLOOR(types.int64), read
    if isinstance(given, types.BaseNamedTuple):
        return _table_of_tuple(given)(given), write
    return None


by_address: Any = _by_address


def view(name: str, width: int) -> Any:
    """Return what makes Rows of an array that is in no table."""
    kind = Rows(name, 2, width)

    @intrinsic  # type: ignore[misc]
    def rows_of(_typing: Any, array: Any) -> Any:
        def emit(context: Any, builder: Any, signed: Any, arguments: Any) -> Any:
            start, words = _described(context, builder, signed.args[0], arguments[0])
            return make_rows(context, builder, kind, start, words)

        return kind(array), emit

    return rows_of


class KeptTable:
    """A table of the floor's arrays that Python keeps, and they with it, for calls by ``address``.

    Raises ValueError for an array whose width is not the one of ``Arrays``.
    """

    def __init__(self, arrays: Arrays) -> None:
        words: list[int] = []
        for name, array in arrays._asdict().items():
            width = Arrays.widths()[name]
            if width > _VECTOR and (array.shape[1] != width or not array.flags.c_contiguous):
                raise ValueError(f"{name} must be C-contiguous, with rows of {width}")
            strides = [stride // array.itemsize for stride in array.strides[:-1]]
            words += [array.ctypes.data, *array.shape, *strides]
        self._arrays = arrays
        self._words = np.array(words, np.int64)
        self.address: int = self._words.ctypes.data
