"""Observations of many days into a file that the indices read: CSV or Parquet, by the name's end."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from exchange.indices.observations import Observation

FIELDS = (
    "time",
    "price",
    "underlying",
    "provider",
    "cloud_type",
    "country",
    "region",
    "form",
    "interconnect",
    "cpu",
    "cluster_gpus",
    "rental",
    "term_months",
    "executed",
    "gpu_hours",
)
"""Columns of the file, as exchange.indices.columns names them."""
NUMBERS = {"cluster_gpus": pa.int64(), "term_months": pa.int64()}


def _cells(row: Observation) -> list[Any]:
    moment = datetime.fromtimestamp(row.ts_ns // 10**9, UTC)
    price = f"{row.price_micros // 10**6}.{row.price_micros % 10**6:06d}"
    executed = "executed" if row.executed else "listed"
    hours = str(row.gpu_hours) if row.gpu_hours else ""
    return [f"{moment:%Y-%m-%dT%H:%M:%SZ}", price, *row[2:13], executed, hours]


class ObservationFile:
    """A file that is being written, a day's observations at a time; use it as a context."""

    def __init__(self, path: Path) -> None:
        if path.suffix not in (".csv", ".parquet"):
            raise ValueError(f"{path}: name a file that ends in .csv or .parquet")
        self._path = path
        self._text: Any = None
        self._rows: Any = None
        self._table: pq.ParquetWriter | None = None
        self._schema = pa.schema([(name, NUMBERS.get(name, pa.string())) for name in FIELDS])

    def __enter__(self) -> Self:
        if self._path.suffix == ".csv":
            self._text = self._path.open("w", encoding="utf-8", newline="")
            self._rows = csv.writer(self._text)
            self._rows.writerow(FIELDS)
        else:
            self._table = pq.ParquetWriter(self._path, self._schema)
        return self

    def write(self, rows: Iterable[Observation]) -> None:
        """Add observations."""
        cells = [_cells(row) for row in rows]
        if self._table is None:
            self._rows.writerows(cells)
        elif cells:
            columns = [
                pa.array(column, kind)
                for column, kind in zip(zip(*cells, strict=True), self._schema.types, strict=True)
            ]
            self._table.write_table(pa.Table.from_arrays(columns, schema=self._schema))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in (self._text, self._table):
            if file is not None:
                file.close()
