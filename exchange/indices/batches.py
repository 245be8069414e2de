"""The rows of an observation file in batches of columns: CSV, gzipped CSV, or Parquet."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from exchange.indices.rejects import Fault, ObservationError, Rejects

ROWS_PER_BATCH = 65_536
BLOCK_BYTES = 1 << 23
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
        source: Any = stack.enter_context(gzip.open(raw)) if path.suffix == ".gz" else raw
        yield csv_table(source, rejects, lambda: progress(raw.tell(), size) if progress else None)


def csv_table(
    source: IO[bytes], rejects: Rejects, report: Callable[[], object] = lambda: None
) -> Table:
    """Return the table of CSV bytes; rows of another width than the header's are rejected."""
    first = csv.reader(_decoded(source, "utf-8-sig"), strict=True)
    header = [cell.strip() for cell in next(first, [])]

    def batches(places: Sequence[int]) -> Iterator[Batch]:
        done = first.line_num
        while block := source.readlines(BLOCK_BYTES):
            columns = _plain_columns(block, len(header), places)
            if columns is None:
                reader = csv.reader(_decoded(chain(block, source)), strict=True)
                yield from _quoted_rows(reader, done, len(block), len(header), places, rejects)
                done += reader.line_num
            else:
                yield Batch(np.arange(done + 1, done + 1 + len(block)), columns)
                done += len(block)
            report()

    return Table(header, batches)


def _decoded(lines: Iterable[bytes], encoding: str = "utf-8") -> Iterator[str]:
    for line in lines:
        yield line.decode(encoding)


def _plain_columns(block: list[bytes], width: int, places: Sequence[int]) -> dict[int, Any] | None:
    """Return columns of lines that need no more than splitting at commas; None where some do.

    Without a quote a line is a row and a comma parts two cells. What is not so even, such as an empty
    line or a missing cell, is left to the reader that can name it.
    """
    text = b"".join(block)
    if b'"' in text or max(map(len, block)) > csv.field_size_limit():
        return None
    names = [str(place) for place in range(width)]
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(text),
            arrow_csv.ReadOptions(column_names=names, use_threads=False),
            arrow_csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[str(place) for place in places],
                strings_can_be_null=False,
            ),
        ).combine_chunks()
    except (pa.ArrowException, KeyError):
        return None
    if table.num_rows != len(block):
        return None
    empty = pa.array([], pa.string())
    return {
        place: column.chunk(0) if column.num_chunks else empty
        for place, column in zip(places, table.columns, strict=True)
    }


def _quoted_rows(
    reader: Any, done: int, count: int, width: int, places: Sequence[int], rejects: Rejects
) -> Iterator[Batch]:
    """Give the rows that begin within the next `count` lines, after `done` ones."""
    lines: list[int] = []
    rows: list[list[str]] = []
    try:
        while reader.line_num < count:
            cells = next(reader, None)
            if cells is None:
                break
            if len(cells) == width:
                rows.append(cells)
                lines.append(done + reader.line_num)
            elif cells:
                reason = f"has {len(cells)} fields, the header has {width}"
                advice = "quote cells that hold a comma"
                fault = Fault("has another number of fields than the header", reason, advice)
                rejects.add(done + reader.line_num, "", fault)
    except csv.Error as error:
        place = f"{rejects.file}:{done + reader.line_num}"
        raise ObservationError(f"{place}: not CSV: {error}") from error
    if rows:
        cells_of = list(zip(*rows, strict=True))
        columns = {place: pa.array(cells_of[place], pa.string()) for place in places}
        yield Batch(np.array(lines, np.int64), columns)


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
