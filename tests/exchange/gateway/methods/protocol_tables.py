"""Reads the tables of docs/protocol and states what they must say of a parameter."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from msgspec import inspect

ROW = re.compile(r"^\| (.+) \|$")
HEADING = re.compile(r"^#{2,3} `?([\w/.]+)`?$")


def tables(page: Path) -> dict[str, list[list[str]]]:
    """Return the rows of the first table under each heading, cells as text, head and rule left out."""
    found: dict[str, list[list[str]]] = {}
    heading, at = "", 0
    for line in page.read_text(encoding="utf-8").splitlines():
        if match := HEADING.match(line):
            heading, at = match[1], 0
            found[heading] = []
        elif heading and (row := ROW.match(line)):
            at += 1
            if at > 1:
                found[heading].append([cell.strip() for cell in row[1].split(" | ")])
    return found


def _bounds(low: int | None, high: int | None) -> str:
    if low is None and high is None:
        return ""
    return f" {'' if low is None else low}..{'' if high is None else high}"


def type_text(kind: inspect.Type) -> str:
    """Return how a table writes the type of a parameter."""
    if isinstance(kind, inspect.Metadata):
        choices = (kind.extra_json_schema or {}).get("enum")
        if choices:
            return ", ".join(f"`{choice}`" for choice in choices)
        return type_text(kind.type)
    if isinstance(kind, inspect.UnionType):
        (only,) = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return type_text(only)
    if isinstance(kind, inspect.LiteralType):
        return ", ".join(f"`{choice}`" for choice in kind.values)
    if isinstance(kind, inspect.StrType):
        return "string" + _bounds(kind.min_length, kind.max_length)
    if isinstance(kind, inspect.IntType):
        return "integer" + _bounds(kind.ge, kind.le)
    if isinstance(kind, inspect.BoolType):
        return "boolean"
    if isinstance(kind, inspect.DecimalType):
        return "number"
    if isinstance(kind, inspect.StructType):
        return f"`{kind.cls.__name__}`"
    if isinstance(kind, (inspect.ListType, inspect.VarTupleType)):
        length = _bounds(kind.min_length, kind.max_length)
        return f"list{length} of {type_text(kind.item_type)}"
    raise TypeError(f"no word for {kind}")


def default_text(field: inspect.Field) -> str:
    """Return how a table writes what stands where a parameter is left out."""
    if field.required:
        return "required"
    if field.default is None or field.default == "":
        return "none"
    return f"`{msgspec.json.encode(field.default).decode()}`".replace('"', "")


def params_rows(params: type[msgspec.Struct]) -> list[list[str]]:
    """Return (field, type, default) of every parameter of a method."""
    described = inspect.type_info(params)
    if not isinstance(described, inspect.StructType):
        raise TypeError(f"{params} is no struct")
    return [
        [f"`{field.encode_name}`", type_text(field.type), default_text(field)]
        for field in described.fields
    ]
