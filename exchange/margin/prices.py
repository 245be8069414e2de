"""Reading a file of prices for calibration: CSV or Parquet, with columns and rows chosen by name.

What a usable price is decides exchange.indices.observations; here columns are only brought under its names.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from exchange.indices.observations import (
    COLUMNS,
    PRICE,
    PROVIDER,
    TIME,
    UNDERLYING,
    ObservationError,
    Observations,
    parse,
)

JOIN = "+"
PANEL = {
    TIME: "date",
    PRICE: "usd_per_gpu_hour",
    PROVIDER: "source+cloud+region+instance+count+kind",
    UNDERLYING: "accel",
}
"""Columns of a panel of rental prices: assumed where a file has its time and price but no ``time``."""

_PARQUET_SUFFIXES = {".parquet", ".pq"}


def read(
    path: Path | str,
    underlying: str,
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
) -> Observations:
    """Read the prices of a CSV file (``.gz`` too) or of a Parquet file.

    underlying: of rows where the file has no such column. columns: time, price, provider or underlying ->
    the file's own column, or several joined by "+"; else these names themselves, or those of PANEL.
    where: column -> the value that a row must have to be used.
    Raises ObservationError where the file cannot be read, lacks a named column or has no usable row.
    """
    place = Path(path)
    try:
        if place.suffix in _PARQUET_SUFFIXES:
            table = _parquet_rows(place)
            return _observations(table, place, underlying, columns or {}, where or {})
        opened = gzip.open if place.suffix == ".gz" else open
        with opened(place, "rt", encoding="utf-8-sig", newline="") as lines:
            return _observations(_csv_rows(lines), place, underlying, columns or {}, where or {})
    except UnicodeDecodeError as error:
        raise ObservationError(f"{place}: not UTF-8 text; save the file as UTF-8") from error
    except csv.Error as error:
        raise ObservationError(f"{place}: not CSV: {error}") from error
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ObservationError(f"{place}: {reason}; name a readable CSV or Parquet file") from error


Rows = Iterator[tuple[int, list[str]]]


def _observations(
    rows: Rows,
    place: Path,
    underlying: str,
    columns: Mapping[str, str],
    where: Mapping[str, str],
) -> Observations:
    _, cells = next(rows, (0, []))
    header = [cell.strip() for cell in cells]
    chosen = _chosen(header, columns, str(place))
    missing = sorted(set(where) - set(header))
    if missing:
        raise ObservationError(
            f"{place}: no column {missing[0]} (found: {', '.join(header)[:200]})"
        )
    places = {column: [header.index(part) for part in parts] for column, parts in chosen.items()}
    wanted = [(header.index(column), value) for column, value in where.items()]
    lines = _chosen_lines(rows, str(place), len(header), places, wanted)
    return parse(lines, str(place), underlying, {column: column for column in COLUMNS})


def _chosen(header: list[str], columns: Mapping[str, str], file: str) -> dict[str, list[str]]:
    """Return which of the file's columns make up each of ours; those that it lacks are left out."""
    is_panel = TIME not in header and PANEL[TIME] in header and PANEL[PRICE] in header
    names = {column: column for column in COLUMNS} | (PANEL if is_panel else {}) | dict(columns)
    chosen: dict[str, list[str]] = {}
    for column, name in names.items():
        parts = name.split(JOIN)
        missing = [part for part in parts if part not in header]
        if not missing:
            chosen[column] = parts
        elif column in columns or column in (TIME, PRICE):
            found = ", ".join(header)[:200]
            reason = f"no column {missing[0]}, which is to be the {column} (found: {found})"
            raise ObservationError(f"{file}: {reason}; name the file's own, as {column}=COLUMN")
    return chosen


def _chosen_lines(
    rows: Rows,
    file: str,
    width: int,
    places: Mapping[str, list[int]],
    wanted: list[tuple[int, str]],
) -> Iterator[str]:
    """Give CSV lines of our columns on the lines of the file; one that is not wanted is empty."""
    yield _csv_line(places)
    line, kept, dropped = 1, 0, 0
    for number, cells in rows:
        # Lines of the file are counted even where a quoted cell takes several.
        yield from ["\n"] * (number - line - 1)
        line = number
        if len(cells) != width:
            yield _csv_line(cells)
        elif all(cells[place].strip() == value for place, value in wanted):
            kept += 1
            yield _csv_line(
                JOIN.join(cells[place] for place in each).replace("\n", " ")
                for each in places.values()
            )
        else:
            dropped += 1
            yield "\n"
    if dropped and not kept:
        raise ObservationError(f"{file}: no row has the values asked for, of {dropped:,}")


def _csv_line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _csv_rows(lines: Iterable[str]) -> Rows:
    reader = csv.reader(lines, strict=True)
    for cells in reader:
        if cells:
            yield reader.line_num, cells


def _parquet_rows(place: Path) -> Rows:
    """Give the rows of a Parquet file as text, the names of its columns first."""
    try:
        import polars
    except ImportError as error:
        advice = "install compute-futures-exchange[parquet], or write the prices as CSV"
        raise ObservationError(f"{place}: Parquet needs polars; {advice}") from error
    try:
        frame = polars.read_parquet(place)
    except polars.exceptions.PolarsError as error:
        raise ObservationError(f"{place}: not Parquet: {error}") from error
    yield 1, frame.columns
    for number, row in enumerate(frame.iter_rows(), start=2):
        yield number, [_text(value) for value in row]


def _text(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None else str(value)
