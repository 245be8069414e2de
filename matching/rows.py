"""Rows: how compiled code sees an array of a table, ``rows[row, COLUMN]`` or ``vector[place]``.

Numba's own array type knows at run time only how wide a row is, lets a negative index count from the
end, and takes every store for one that may change any array. Here the width of a row is part of the type,
an index is one (``NUMBA_BOUNDSCHECK=1`` checks it), and each load and store names its array and
column as its alias class (LLVM: Type Based Alias Analysis Metadata), so that what was read stays read.
So arrays of different names must not overlap where one is written. All are int64, the last
dimension without gaps. Figures: docs/decisions/0011-parts-of-kernels.md.
"""

from __future__ import annotations

import operator
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_global,
    signature,
)
from numba.extending import infer_getattr, intrinsic, lower_builtin, lower_getattr, register_model

_WORD = ir.IntType(64)


class Rows(types.Type):
    """Numba's type of an array: its address, its extents, and the strides of all but the last dimension.

    array: its name, for alias classes. width: items of a row where that is known, else 0.
    """

    def __init__(self, array: str, ndim: int, width: int) -> None:
        self.array = array
        self.ndim = ndim
        self.width = width
        super().__init__(name=f"Rows({array}, {ndim}, {width})")

    @property
    def words(self) -> int:
        """How many words describe it."""
        return 2 * self.ndim


@register_model(Rows)
class _RowsModel(models.StructModel):
    def __init__(self, manager: Any, kind: Rows) -> None:
        members = [
            ("address", types.CPointer(types.int64)),
            ("extents", types.UniTuple(types.int64, kind.ndim)),
            ("strides", types.UniTuple(types.int64, kind.ndim - 1)),
        ]
        super().__init__(manager, kind, members)


def make_rows(context: Any, builder: Any, kind: Rows, address: Any, words: Any) -> Any:
    """Return Rows of an address and the words that follow it in a table: extents, then strides."""
    rows = cgutils.create_struct_proxy(kind)(context, builder)
    rows.address = address
    rows.extents = cgutils.pack_array(builder, words[: kind.ndim])
    rows.strides = cgutils.pack_array(builder, words[kind.ndim :], _WORD)
    return rows._getvalue()


def _alias_class(builder: Any, kind: Rows, column: int | None) -> Any:
    """Return the tag of a load or store: the array, and its column where the code names it."""
    module, start = builder.module, ir.Constant(_WORD, 0)
    node = module.add_metadata([kind.array, module.add_metadata(["arrays"]), start])
    if column is not None:
        node = module.add_metadata([f"{kind.array}.{column}", node, start])
    return module.add_metadata([node, node, start])


def _item(
    context: Any, builder: Any, types_given: Any, values: Any, *, checked: bool = True
) -> tuple[Any, Any]:
    """Return the pointer of an item, and the alias class of what is read or written there."""
    kind, index_type = types_given
    rows = cgutils.create_struct_proxy(kind)(context, builder, values[0])
    parts = [values[1]]
    part_types = [index_type]
    if kind.ndim > 1:
        parts = cgutils.unpack_tuple(builder, values[1], kind.ndim)
        part_types = list(index_type)
    indices = [
        context.cast(builder, part, given, types.int64)
        for part, given in zip(parts, part_types, strict=True)
    ]
    if checked and context.enable_boundscheck:
        extents = cgutils.unpack_tuple(builder, rows.extents, kind.ndim)
        for axis, (index, extent) in enumerate(zip(indices, extents, strict=True)):
            cgutils.do_boundscheck(context, builder, index, extent, axis)
    strides = cgutils.unpack_tuple(builder, rows.strides, kind.ndim - 1)
    if kind.width > 0:
        strides[-1] = _WORD(kind.width)
    place = indices[-1]
    for index, stride in zip(indices[:-1], strides, strict=True):
        place = builder.add(builder.mul(index, stride, flags=["nsw"]), place, flags=["nsw"])
    column = part_types[-1].literal_value if _is_named(part_types[-1]) else None
    pointer = builder.gep(rows.address, [place], inbounds=checked)
    return pointer, _alias_class(builder, kind, column)


def _is_named(index_type: Any) -> bool:
    return isinstance(index_type, types.IntegerLiteral)


def _is_index(kind: Any, index: Any) -> bool:
    if not isinstance(kind, Rows):
        return False
    if kind.ndim == 1:
        return isinstance(index, types.Integer)
    return (
        isinstance(index, types.BaseTuple)
        and len(index) == kind.ndim
        and all(isinstance(part, types.Integer) for part in cast("Any", index))
    )


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):
    prefer_literal = True

    def generic(self, arguments: Any, _keywords: Any) -> Any:
        kind, index = arguments
        return signature(types.int64, kind, index) if _is_index(kind, index) else None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):
    prefer_literal = True

    def generic(self, arguments: Any, _keywords: Any) -> Any:
        kind, index, _value = arguments
        if _is_index(kind, index):
            return signature(types.none, kind, index, types.int64)
        return None


@lower_builtin(operator.getitem, Rows, types.Any)
def _get_item(context: Any, builder: Any, signed: Any, values: Any) -> Any:
    pointer, alias_class = _item(context, builder, signed.args, values)
    loaded = builder.load(pointer)
    loaded.set_metadata("tbaa", alias_class)
    return loaded


@lower_builtin(operator.setitem, Rows, types.Any, types.Any)
def _set_item(context: Any, builder: Any, signed: Any, values: Any) -> Any:
    pointer, alias_class = _item(context, builder, signed.args[:2], values[:2])
    stored = builder.store(values[2], pointer)
    stored.set_metadata("tbaa", alias_class)
    return context.get_dummy_value()


def row_pointer(
    context: Any, builder: Any, kind: Any, value: Any, indices: list[Any]
) -> tuple[Any, Any]:
    """Return the pointer of an item for code that takes several at once, and their alias class.

    Of an array as parts see it that are called from Python there is no class: None.
    """
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, value)
        return cgutils.get_item_pointer(context, builder, kind, array, indices), None
    index = cgutils.pack_array(builder, indices)
    index_type = types.UniTuple(types.int64, kind.ndim)
    return _item(context, builder, (kind, index_type), (value, index))


@infer_getattr
class _Shape(AttributeTemplate):
    key = Rows

    def resolve_shape(self, kind: Rows) -> Any:
        """Return the type of ``rows.shape``."""
        return types.UniTuple(types.int64, kind.ndim)


@lower_getattr(Rows, "shape")
def _read_shape(context: Any, builder: Any, kind: Rows, value: Any) -> Any:
    return cgutils.create_struct_proxy(kind)(context, builder, value).extents


def _emit_fetch(context: Any, builder: Any, kind: Rows, rows: Any, indices: list[Any]) -> Any:
    index_type = types.UniTuple(types.int64, kind.ndim)
    index = cgutils.pack_array(builder, indices)
    pointer, _ = _item(context, builder, (kind, index_type), (rows, index), checked=False)
    byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
    fetch = builder.module.declare_intrinsic(
        "llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
    )
    builder.call(fetch, [builder.bitcast(pointer, byte), flag(1), flag(3), flag(1)])
    return context.get_dummy_value()


def _fetch_nothing(context: Any, *_: Any) -> Any:
    return context.get_dummy_value()


@intrinsic
def _fetch_row(_typing: Any, rows: Any, row: Any) -> Any:
    if isinstance(rows, types.Array):
        # As parts see them that are called from Python.
        return types.none(rows, types.int64), _fetch_nothing
    if not isinstance(rows, Rows) or rows.ndim != 2:
        return None

    def emit(context: Any, builder: Any, signed: Any, arguments: Any) -> Any:
        indices = [arguments[1], _WORD(0)]
        return _emit_fetch(context, builder, signed.args[0], arguments[0], indices)

    return types.none(rows, types.int64), emit


@intrinsic
def _fetch_item(_typing: Any, rows: Any, index: Any) -> Any:
    if isinstance(rows, types.Array):
        return types.none(rows, index), _fetch_nothing
    if not _is_index(rows, index) or rows.ndim == 1:
        return None

    def emit(context: Any, builder: Any, signed: Any, arguments: Any) -> Any:
        kind, index_types = signed.args
        parts = cgutils.unpack_tuple(builder, arguments[1], kind.ndim)
        indices = [
            context.cast(builder, part, given, types.int64)
            for part, given in zip(parts, index_types, strict=True)
        ]
        return _emit_fetch(context, builder, kind, arguments[0], indices)

    return types.none(rows, index), emit


fetch_row: Any = _fetch_row
fetch_item: Any = _fetch_item
