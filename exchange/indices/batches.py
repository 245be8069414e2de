"""The rows of an observation file in batches of columns: CSV, gzipped CSV, or Parquet."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from exchange.indices.rejects import Fault, ObservationError, Rejects

ROWS_PER_BATCH = 65_536
PARQUET = {".parquet", ".pq"}

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


class Batch(NamedTuple):
    """Some rows of a file: the line of each, and the columns that were asked for by their places."""

    line: NDArray[np.int64]
    columns: dict[int, Any]


class Table(NamedTuple):
    """A file that is being read: its column names, then its batches for chosen places."""

    header: list[str]
    batches: Callable[[Sequence[int]], Iterator[Batch]]


@contextmanager
def opened(path: Path, rejects: Rejects, progress: Progress | None) -> Iterator[Table]:
    """Open a file as a table, Parquet or CSV by its name; rows of a wrong width go to `rejects`."""
    if path.suffix in PARQUET:
        with _parquet_file(path) as file:
            yield _parquet_table(file, progress)
        return
    size = path.stat().st_size
    with path.open("rb") as raw, ExitStack() as stack:
        source = stack.enter_context(gzip.open(raw)) if path.suffix == ".gz" else raw
        text = io.TextIOWrapper(source, encoding="utf-8-sig", newline="")
        yield text_table(text, rejects, lambda: progress(raw.tell(), size) if progress else None)


def text_table(
    text: Iterable[str], rejects: Rejects, report: Callable[[], object] = lambda: None
) -> Table:
    """Return the table of CSV lines; rows of another width than the header's are rejected."""
    reader = csv.reader(text, strict=True)
    header = [cell.strip() for cell in next(reader, [])]
    width = len(header)

    def batches(places: Sequence[int]) -> Iterator[Batch]:
        lines: list[int] = []
        rows: list[list[str]] = []
        for cells in reader:
            if len(cells) == width:
                rows.append(cells)
                lines.append(reader.line_num)
                if len(rows) == ROWS_PER_BATCH:
                    yield _batch(lines, rows, places)
                    lines, rows = [], []
                    report()
            elif cells:
                reason = f"has {len(cells)} fields, the header has {width}"
                advice = "quote cells that hold a comma"
                fault = Fault("has another number of fields than the header", reason, advice)
                rejects.add(reader.line_num, "", fault)
        if rows:
            yield _batch(lines, rows, places)

    def checked(places: Sequence[int]) -> Iterator[Batch]:
        try:
            yield from batches(places)
        except csv.Error as error:
            raise ObservationError(f"{rejects.file}:{reader.line_num}: not CSV: {error}") from error

    return Table(header, checked)


def _batch(lines: list[int], rows: list[list[str]], places: Sequence[int]) -> Batch:
    cells = list(zip(*rows, strict=True))
    columns = {place: pa.array(cells[place], pa.string()) for place in places}
    return Batch(np.array(lines, np.int64), columns)


@contextmanager
def _parquet_file(path: Path) -> Iterator[Any]:
    try:
        file = parquet.ParquetFile(path)
    except pa.ArrowException as error:
        raise ObservationError(f"{path}: not Parquet: {error}") from error
    with file:
        yield file


def _parquet_table(file: Any, progress: Progress | None) -> Table:
    """Return the table of a Parquet file; the first row's line is 2, as that after a header."""
    header = list(file.schema_arrow.names)

    def batches(places: Sequence[int]) -> Iterator[Batch]:
        first = 2
        names = [header[place] for place in places]
        for rows in file.iter_batches(ROWS_PER_BATCH, columns=names):
            line = np.arange(first, first + rows.num_rows, dtype=np.int64)
            first += rows.num_rows
            yield Batch(line, {place: rows.column(header[place]) for place in places})
            if progress:
                progress(first - 2, file.metadata.num_rows)

    return Table(header, batches)
