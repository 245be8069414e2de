"""Observed rental prices, read from a user's CSV file; what cannot be used is counted and named."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

MICROS = 1_000_000
HIGHEST_PRICE_MICROS = 1_000 * MICROS
MAX_ROWS = 2_000_000

TIME, PRICE, PROVIDER, UNDERLYING = COLUMNS = ("time", "price", "provider", "underlying")
"""Columns of the file; time and price are required."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_YEAR = 2200


class Observation(NamedTuple):
    """One observed price: UTC nanoseconds, micro-dollars per GPU-hour; "" and 0 where it is not known.

    underlying: the GPU, as H100. cloud_type: hyperscaler, neocloud or marketplace. country: ISO 3166
    alpha-2. region: the provider's own name. form: sxm, pcie or nvl. interconnect: infiniband, roce or
    ethernet. cpu: x86 or arm. cluster_gpus: GPUs of the offer. rental: on_demand, spot or reserved,
    that for term_months. executed: a rental that was agreed; else a listed price. gpu_hours: its volume.
    """

    ts_ns: int
    price_micros: int
    underlying: str
    provider: str = ""
    cloud_type: str = ""
    country: str = ""
    region: str = ""
    form: str = ""
    interconnect: str = ""
    cpu: str = ""
    cluster_gpus: int = 0
    rental: str = ""
    term_months: int = 0
    executed: bool = False
    gpu_hours: float = 0.0


class Reject(NamedTuple):
    """One row that was not used: 1-based line, the column at fault ("" for the row) and why."""

    file: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        """Return ``file:line: field: reason``."""
        subject = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {subject}{self.reason}"


class Observations(NamedTuple):
    """What a file held: the usable rows in order of time, and each row that was not used."""

    rows: tuple[Observation, ...]
    rejects: tuple[Reject, ...] = ()

    @property
    def underlyings(self) -> tuple[str, ...]:
        """Every underlying that has a row, sorted."""
        return tuple(sorted({row.underlying for row in self.rows}))

    def of(self, underlying: str) -> tuple[Observation, ...]:
        """Return the rows of one underlying in order of time."""
        return tuple(row for row in self.rows if row.underlying == underlying)


class ObservationError(ValueError):
    """A file from which no price can be read; ``rejects`` names the rows that were at fault."""

    def __init__(self, message: str, rejects: tuple[Reject, ...] = ()) -> None:
        self.rejects = rejects
        super().__init__(message)


def read(
    path: Path | str, underlying: str = "H100", columns: Mapping[str, str] | None = None
) -> Observations:
    """Read a CSV file (or ``.csv.gz``) of observed prices, in UTF-8 with a header line.

    Columns: ``time`` (ISO 8601, a day or an instant; UTC where no offset is given), ``price`` ($ per
    GPU-hour, above 0 and up to 1,000; digits beyond the micro-dollar are rounded half to even), and
    optionally ``provider`` and ``underlying``. `underlying` names rows where that column is absent;
    `columns` maps these names to the file's own where they differ. Other columns are ignored.

    Raises ObservationError where the file cannot be read, lacks a column, has more than MAX_ROWS
    rows or no usable row.
    """
    place = Path(path)
    names = {column: column for column in COLUMNS} | dict(columns or {})
    try:
        opened = gzip.open if place.suffix == ".gz" else open
        with opened(place, "rt", encoding="utf-8-sig", newline="") as lines:
            return parse(lines, str(place), underlying, names)
    except UnicodeDecodeError as error:
        raise ObservationError(f"{place}: not UTF-8 text; save the file as UTF-8") from error
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ObservationError(f"{place}: {reason}; name a readable CSV file") from error


def parse(
    lines: Iterable[str], file: str, underlying: str, names: Mapping[str, str]
) -> Observations:
    """Read observed prices from the lines of a CSV text; arguments and errors as in read."""
    reader = csv.reader(lines, strict=True)
    rows: list[Observation] = []
    rejects: list[Reject] = []
    seen: dict[Observation, int] = {}
    try:
        places = _places(next(reader, []), names, file)
        for line, cells in _numbered(reader, file):
            found = _row(cells, places, names, underlying)
            if isinstance(found, Observation):
                if found in seen:
                    rejects.append(Reject(file, line, "", f"repeats line {seen[found]}"))
                else:
                    seen[found] = line
                    rows.append(found)
            else:
                rejects.append(Reject(file, line, *found))
    except csv.Error as error:
        raise ObservationError(f"{file}:{reader.line_num}: not CSV: {error}") from error
    if not rows:
        cause = f", such as {rejects[0]}" if rejects else ""
        message = f"{file}: no usable row ({len(rejects)} were not usable{cause})"
        raise ObservationError(message, tuple(rejects))
    return Observations(tuple(sorted(rows)), tuple(rejects))


def _numbered(reader: Iterator[list[str]], file: str) -> Iterator[tuple[int, list[str]]]:
    count = 0
    for cells in reader:
        if not cells:
            continue
        count += 1
        if count > MAX_ROWS:
            raise ObservationError(f"{file}: more than {MAX_ROWS} rows; split the file")
        yield reader.line_num, cells  # type: ignore[attr-defined]


def _places(header: list[str], names: Mapping[str, str], file: str) -> dict[str, int]:
    cells = [cell.strip() for cell in header]
    missing = [names[column] for column in (TIME, PRICE) if names[column] not in cells]
    if missing:
        raise ObservationError(
            f"{file}:1: no column {' and no column '.join(missing)}; "
            f"the first line must name the columns time and price (found: {', '.join(cells)[:200]})"
        )
    doubled = {cell for cell in cells if cells.count(cell) > 1} & set(names.values())
    if doubled:
        raise ObservationError(f"{file}:1: column {min(doubled)} stands there twice; remove one")
    places = {column: cells.index(names[column]) for column in COLUMNS if names[column] in cells}
    return places | {"": len(cells)}


def _row(
    cells: list[str], places: Mapping[str, int], names: Mapping[str, str], underlying: str
) -> Observation | tuple[str, str]:
    """Return the observation of a row, or the field at fault and why."""
    if len(cells) != places[""]:
        return "", f"has {len(cells)} fields, the header has {places['']}"
    ts_ns = _time_ns(cells[places[TIME]].strip())
    if isinstance(ts_ns, str):
        return names[TIME], ts_ns
    price_micros = _price_micros(cells[places[PRICE]].strip())
    if isinstance(price_micros, str):
        return names[PRICE], price_micros
    if UNDERLYING in places:
        underlying = cells[places[UNDERLYING]].strip()
        if not underlying:
            return names[UNDERLYING], "is empty"
    provider = cells[places[PROVIDER]].strip() if PROVIDER in places else ""
    return Observation(ts_ns, price_micros, underlying, provider)


def _time_ns(text: str) -> int | str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return f"{text[:40]!r} is not an ISO 8601 time" if text else "is empty"
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not _EPOCH.year <= moment.year < _LATEST_YEAR:
        return f"{text[:40]!r} is outside {_EPOCH.year} to {_LATEST_YEAR - 1}"
    since = moment - _EPOCH
    return ((since.days * 86_400 + since.seconds) * MICROS + since.microseconds) * 1_000


def _price_micros(text: str) -> int | str:
    try:
        price = Decimal(text)
    except InvalidOperation:
        return f"{text[:40]!r} is not a number" if text else "is empty"
    if not price.is_finite():
        return f"{text[:40]!r} is not a finite number"
    if not 0 < price <= HIGHEST_PRICE_MICROS // MICROS:
        return f"{text[:40]!r} is not above 0 and up to {HIGHEST_PRICE_MICROS // MICROS} $"
    return round(price * MICROS) or "is below a micro-dollar"
