"""Passing a tuple of arrays through a kernel by address.

By value ten arrays are a hundred numbers, copied at each call that is not inlined (80 to 100 ns). Here
the kernel puts the tuple on its stack once and hands on where it lies. A field is read from there by
loads that are marked as invariant, so that the optimiser may keep what it has read: nothing in a kernel
ever changes the tuple. Figures: docs/decisions/0011-parts-of-kernels.md.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    register_model,
)


class TupleAddress(types.Type):  # type: ignore[misc]
    """Numba's type of the address of a named tuple."""

    def __init__(self, tuple_type: Any) -> None:
        self.tuple_type = tuple_type
        super().__init__(name=f"TupleAddress({tuple_type})")


@register_model(TupleAddress)
class _TupleAddressModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, address_type: Any) -> None:
        super().__init__(manager, address_type, ir.IntType(8).as_pointer())


@infer_getattr
class _Fields(AttributeTemplate):  # type: ignore[misc]
    key = TupleAddress

    def generic_resolve(self, address_type: Any, name: str) -> Any:  # type: ignore[override]
        fields = address_type.tuple_type.instance_class._fields
        if name in fields:
            return address_type.tuple_type.types[fields.index(name)]
        return None


def _load_invariant(builder: Any, pointer: Any) -> Any:
    """Load a value number by number: the mark would be lost on the load of a whole structure."""
    kind = pointer.type.pointee
    if isinstance(kind, ir.LiteralStructType | ir.ArrayType):
        number = len(kind.elements) if isinstance(kind, ir.LiteralStructType) else kind.count
        value = ir.Constant(kind, ir.Undefined)
        for index in range(number):
            element = _load_invariant(builder, cgutils.gep_inbounds(builder, pointer, 0, index))
            value = builder.insert_value(value, element, index)
        return value
    value = builder.load(pointer)
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


@lower_getattr_generic(TupleAddress)  # type: ignore[misc]
def _read_field(context: Any, builder: Any, address_type: Any, address: Any, name: str) -> Any:
    tuple_type = address_type.tuple_type
    pointer = builder.bitcast(address, context.get_value_type(tuple_type).as_pointer())
    index = tuple_type.instance_class._fields.index(name)
    return _load_invariant(builder, cgutils.gep_inbounds(builder, pointer, 0, index))


@intrinsic  # type: ignore[misc]
def _by_address(_typing: Any, value: Any) -> Any:
    if not isinstance(value, types.BaseNamedTuple):
        return None

    def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = cgutils.alloca_once_value(builder, arguments[0])
        return builder.bitcast(pointer, ir.IntType(8).as_pointer())

    return TupleAddress(value)(value), emit


by_address: Any = _by_address
