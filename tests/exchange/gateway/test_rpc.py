"""What may be registered as a method, and the bounds that every method's parameters have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from exchange.gateway import methods
from exchange.gateway.rpc import METHODS, Context, NoParams, method

methods.load()


class Loose(msgspec.Struct):
    """Parameters that would let unknown fields pass."""


def nothing(context: Context, params: NoParams) -> str:
    """Say nothing.

    At length.
    """
    return "ok"


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    before = dict(METHODS)
    yield
    METHODS.clear()
    METHODS.update(before)


def test_a_method_is_registered_with_what_it_declares() -> None:
    method("private/nothing", scope="trade:read", cost=3)(nothing)
    found = METHODS["private/nothing"]
    assert (found.scope, found.cost, found.matching) == ("trade:read", 3, False)
    assert (found.summary, found.description) == ("Say nothing.", "At length.")
    assert found.params is NoParams
    method("private/trade_nothing", scope="trade:read_write")(nothing)
    assert METHODS["private/trade_nothing"].matching


def test_mistakes_in_declarations_are_refused() -> None:
    method("public/nothing")(nothing)
    with pytest.raises(ValueError, match="twice"):
        method("public/nothing")(nothing)
    with pytest.raises(ValueError, match="neither"):
        method("nothing")
    with pytest.raises(ValueError, match="scope"):
        method("private/other")
    with pytest.raises(ValueError, match="scope"):
        method("public/other", scope="trade:read")
    with pytest.raises(ValueError, match="operator"):
        method("operator/other", scope="trade:read_write")
    with pytest.raises(ValueError, match="operator"):
        method("private/other", scope="operator:read")
    with pytest.raises(ValueError, match="scope"):
        method("operator/other")

    def one(params: NoParams) -> str:
        return ""

    def loose(context: Context, params: Loose) -> str:
        return ""

    def untyped(context: Context, params: int) -> str:
        return ""

    with pytest.raises(TypeError, match="context"):
        method("public/other")(one)  # type: ignore[type-var]
    with pytest.raises(TypeError, match="unknown fields"):
        method("public/other")(loose)
    with pytest.raises(TypeError, match="Struct"):
        method("public/other")(untyped)
    assert "public/other" not in METHODS


def unbounded(kind: Any, path: str) -> Iterator[str]:
    """Fields through which a client could hand over more than the core's int64, or text at will."""
    inspected = msgspec.inspect
    if isinstance(kind, inspected.Metadata):
        yield from unbounded(kind.type, path)
    elif isinstance(kind, inspected.UnionType):
        for member in kind.types:
            yield from unbounded(member, path)
    elif isinstance(kind, inspected.StructType):
        for field in kind.fields:
            yield from unbounded(field.type, f"{path}.{field.encode_name}")
    elif isinstance(kind, inspected.ListType):
        if kind.max_length is None:
            yield path
        yield from unbounded(kind.item_type, path)
    elif isinstance(kind, inspected.IntType):
        if kind.ge is None or kind.le is None or kind.le >= 2**63:
            yield path
    elif isinstance(kind, inspected.StrType) and kind.max_length is None:
        yield path


def test_every_parameter_of_every_method_is_bounded() -> None:
    found = {
        name: paths
        for name, registered in METHODS.items()
        if (paths := list(unbounded(msgspec.inspect.type_info(registered.params), "")))
    }
    assert len(METHODS) > 40
    assert found == {}


def test_every_method_is_described() -> None:
    assert [name for name, m in METHODS.items() if not m.summary.endswith((".", "…", ";"))] == []
