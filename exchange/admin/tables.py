"""Answers as tables and lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from exchange.terminal import out


def show_rows(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Print rows as a table; columns: field to heading. A field that a row lacks stays empty.

    The first column, which says what a row is about, is never cut short.
    """
    cells = [[text_of(field, row.get(field)) for field in columns] for row in rows]
    if not cells:
        out.print(f"{next(iter(columns.values()))}: none", highlight=False, markup=False)
        return
    table = Table(*columns.values())
    table.columns[0].min_width = max(len(row[0]) for row in cells)
    for row in cells:
        table.add_row(*map(Text, row))
    out.print(table)


def show_fields(result: Mapping[str, Any]) -> None:
    """Print the fields of an answer, a line each, but for the action's place and time."""
    for field, value in result.items():
        if field not in ("seq", "timestamp"):
            words = f"{field.replace('_', ' ')}  {text_of(field, value)}"
            out.print(words, highlight=False, markup=False)


def text_of(field: str, value: Any) -> str:
    """Return a value as an operator reads it: times in UTC, money with separators."""
    if value is None:
        return ""
    if field in ("timestamp", "due") or field.endswith(("_at", "held_until")):
        return datetime.fromtimestamp(value / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and field not in ("id", "seq"):
        return f"{value:,.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, Mapping):
        return " ".join(f"{name}={inner}" for name, inner in value.items())
    return str(value)
