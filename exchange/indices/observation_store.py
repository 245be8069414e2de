"""Reported observations on disk: one Parquet file a day of the market, durable before it is acknowledged.

A report is written as a part of the day that runs, synced and renamed into place; when the day is over
its parts are joined into one file. Each row carries when and by whom it was reported, so that the same
prints follow again from the files alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from exchange.indices.observations import Observation
from marketdata.days import NS_PER_DAY, date_of, day_number

FOLDER = "observations"
PARTS = "parts"
SCHEMA = pa.schema(
    [
        ("reported_ns", pa.int64()),
        ("reporter", pa.string()),
        ("ts_ns", pa.int64()),
        ("price_micros", pa.int64()),
        ("underlying", pa.string()),
        ("provider", pa.string()),
        ("cloud_type", pa.string()),
        ("country", pa.string()),
        ("region", pa.string()),
        ("form", pa.string()),
        ("interconnect", pa.string()),
        ("cpu", pa.string()),
        ("cluster_gpus", pa.int64()),
        ("rental", pa.string()),
        ("term_months", pa.int64()),
        ("executed", pa.bool_()),
        ("gpu_hours", pa.float64()),
    ]
)
_FIELDS = SCHEMA.names[2:]


class Report(NamedTuple):
    """What was reported at one time, by the market's clock in nanoseconds, and by whom."""

    reported_ns: int
    reporter: str
    rows: tuple[Observation, ...]


class ObservationStore:
    """The reports below a data directory, in order of their time."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER
        self._part = 0

    def append(self, report: Report) -> Path:
        """Keep a report for good and return its file; raises OSError where the disk does not take it."""
        day = report.reported_ns // NS_PER_DAY
        folder = self._folder / PARTS / date_of(day).isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        self._part += 1
        path = folder / f"{report.reported_ns:020d}-{self._part:06d}.parquet"
        _write(path, _table([report]))
        return path

    def join(self, before_day: int) -> None:
        """Join the parts of each day before another into the day's file."""
        for folder in self._part_folders():
            day = day_number(date.fromisoformat(folder.name))
            if day >= before_day:
                continue
            reports = list(self._of_day(day))
            _write(self._file(day), _table(reports))
            for part in sorted(folder.iterdir()):
                part.unlink()
            folder.rmdir()

    def reports(self) -> Iterator[Report]:
        """Give every report in order of its time."""
        days = {
            day_number(date.fromisoformat(path.stem)) for path in self._folder.glob("*.parquet")
        }
        days |= {day_number(date.fromisoformat(folder.name)) for folder in self._part_folders()}
        for day in sorted(days):
            yield from self._of_day(day)

    def _part_folders(self) -> list[Path]:
        return sorted(self._folder.glob(f"{PARTS}/*"))

    def _file(self, day: int) -> Path:
        return self._folder / f"{date_of(day).isoformat()}.parquet"

    def _of_day(self, day: int) -> Iterator[Report]:
        """Give a day's reports; a part that was joined already, before a crash, counts once."""
        joined = _read(self._file(day)) if self._file(day).exists() else []
        yield from joined
        known = {(report.reported_ns, report.reporter) for report in joined}
        folder = self._folder / PARTS / date_of(day).isoformat()
        for path in sorted(folder.glob("*.parquet")):
            yield from (
                report
                for report in _read(path)
                if (report.reported_ns, report.reporter) not in known
            )


def _table(reports: Sequence[Report]) -> Any:
    columns: list[list[Any]] = [[] for _ in SCHEMA.names]
    for report in reports:
        columns[0] += [report.reported_ns] * len(report.rows)
        columns[1] += [report.reporter] * len(report.rows)
        for column, values in zip(columns[2:], zip(*report.rows, strict=True), strict=True):
            column += values
    return pa.table(dict(zip(SCHEMA.names, columns, strict=True)), schema=SCHEMA)


def _read(path: Path) -> list[Report]:
    found: list[Report] = []
    columns = pq.read_table(path).to_pydict()
    rows = zip(*(columns[name] for name in _FIELDS), strict=True)
    held: list[Observation] = []
    key: tuple[int, str] | None = None
    for ts_ns, reporter, row in zip(columns["reported_ns"], columns["reporter"], rows, strict=True):
        if key is not None and key != (ts_ns, reporter):
            found.append(Report(*key, tuple(held)))
            held = []
        key = ts_ns, reporter
        held.append(Observation(*row))
    if key is not None:
        found.append(Report(*key, tuple(held)))
    return found


def _write(path: Path, table: Any) -> None:
    part = path.with_suffix(".part")
    pq.write_table(table, part)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
