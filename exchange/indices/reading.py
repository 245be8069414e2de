"""Reading observed prices from a file: what is usable becomes a panel, all else is named and counted."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.indices.columns import PANEL, choose, conditions
from exchange.indices.panel import Observations
from exchange.indices.rejects import ObservationError, Rejects

if TYPE_CHECKING:
    from exchange.indices.batches import Progress


def read(
    path: Path | str,
    underlying: str = "H100",
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
    *,
    panel: Mapping[str, str] = PANEL,
    not_after_ns: int | None = None,
    progress: Progress | None = None,
) -> Observations:
    """Read observed prices from a CSV file (``.gz`` too) in UTF-8 with a header line, or from Parquet.

    The columns are the fields of exchange.indices.columns, of which a time and a price, or total, gpus
    and hours, are required. A time is an ISO 8601 day or instant, UTC without an offset; a price $ per
    GPU-hour, above 0 and up to 1,000. underlying: of rows where the file names none. columns: field ->
    the file's own column, or several joined by "+". where: column -> the value that a row must have to
    be used. panel: the columns of a file that has these instead of a ``time``. not_after_ns: a later
    row is in the future. progress: called after each batch.

    Raises ObservationError where the file cannot be read, lacks a column, has more than MAX_ROWS rows
    or no usable one.
    """
    # They load pyarrow, which takes longer than all else of a command that reads no file.
    from exchange.indices.batches import opened
    from exchange.indices.collecting import Collector

    place = Path(path)
    rejects = Rejects(str(place))
    try:
        with opened(place, rejects, progress) as table:
            collector = Collector(
                choose(table.header, columns or {}, panel, str(place)),
                conditions(table.header, where or {}, str(place)),
                underlying,
                rejects,
            )
            return collector.collect(table, not_after_ns)
    except UnicodeDecodeError as error:
        raise ObservationError(f"{place}: not UTF-8 text; save the file as UTF-8") from error
    except csv.Error as error:
        raise ObservationError(f"{place}:1: not CSV: {error}") from error
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ObservationError(f"{place}: {reason}; name a readable CSV or Parquet file") from error
