"""Statements as Parquet: one directory a day, a table each of balances, postings and positions.

Any tool that reads Parquet opens them; money is integer micro-dollars, days are dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exchange.statements.statement import Statement
from marketdata.days import date_of

FOLDER = "statements"
_KEY = [("day", pa.date32()), ("account", pa.string())]
BALANCES = pa.schema(
    [
        *_KEY,
        ("ended", pa.timestamp("ns", tz="UTC")),
        ("opening_micros", pa.int64()),
        ("closing_micros", pa.int64()),
        ("initial_micros", pa.int64()),
        ("maintenance_micros", pa.int64()),
        ("status", pa.string()),
    ]
)
POSTINGS = pa.schema(
    [
        *_KEY,
        ("kind", pa.string()),
        ("instrument", pa.string()),
        ("entries", pa.int64()),
        ("amount_micros", pa.int64()),
    ]
)
POSITIONS = pa.schema(
    [
        *_KEY,
        ("instrument", pa.string()),
        ("lots", pa.int64()),
        ("mark_micros", pa.int64()),
        ("value_micros", pa.int64()),
    ]
)


def write(directory: Path, statements: Sequence[Statement]) -> Path:
    """Write one day's statements below a directory, in place of former ones; return the day's folder."""
    if not statements:
        raise ValueError("there are no statements to write")
    folder = directory / date_of(statements[0].day).isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    balances, postings, positions = [], [], []
    for statement in statements:
        key = {"day": date_of(statement.day), "account": statement.account}
        balances.append(
            {
                **key,
                "ended": statement.ts_ns,
                "opening_micros": statement.opening_micros,
                "closing_micros": statement.closing_micros,
                "initial_micros": statement.initial_micros,
                "maintenance_micros": statement.maintenance_micros,
                "status": statement.status,
            }
        )
        postings += [
            {
                **key,
                "kind": posting.kind.value,
                "instrument": posting.instrument,
                "entries": posting.entries,
                "amount_micros": posting.amount_micros,
            }
            for posting in statement.postings
        ]
        positions += [
            {
                **key,
                "instrument": held.instrument,
                "lots": held.lots,
                "mark_micros": held.mark_micros,
                "value_micros": held.value_micros,
            }
            for held in statement.positions
        ]
    _write(folder / "balances.parquet", balances, BALANCES)
    _write(folder / "postings.parquet", postings, POSTINGS)
    _write(folder / "positions.parquet", positions, POSITIONS)
    return folder


def _write(path: Path, rows: list[dict[str, Any]], schema: Any) -> None:
    part = path.with_suffix(".part")
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), part)
    # Whoever reads the folder meanwhile finds whole files.
    part.replace(path)
