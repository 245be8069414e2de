"""Which of a file's columns hold which field of an observation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange.indices.rejects import ObservationError

TIME, PRICE, PROVIDER, UNDERLYING = COLUMNS = ("time", "price", "provider", "underlying")
TOTAL, GPUS, HOURS, GPU_HOURS, CURRENCY = "total", "gpus", "hours", "gpu_hours", "currency"
NUMBERS = (TIME, PRICE, TOTAL, GPUS, HOURS, GPU_HOURS, CURRENCY)
"""Fields that are read cell by cell."""

TERMS = (
    UNDERLYING,
    "gpu",
    PROVIDER,
    "cloud",
    "cloud_type",
    "country",
    "region",
    "form",
    "interconnect",
    "cpu",
    "cluster_gpus",
    "rental",
    "kind",
    "term_months",
    "executed",
)
"""Fields that make up a quote line. gpu is H100-SXM, underlying and form in one; cloud a provider by any
name; kind a panel's kind of price."""

FIELDS = NUMBERS + TERMS
JOIN = "+"
PANEL = {
    TIME: "date",
    PRICE: "usd_per_gpu_hour",
    "cloud": "cloud",
    "region": "region",
    "gpu": "accel",
    "cluster_gpus": "count",
    "kind": "kind",
}
"""Columns of a panel of rental prices: assumed where a file has its time and price but no ``time``."""

Chosen = dict[str, list[int]]
"""Field -> places of the file's columns that make it up."""


def choose(
    header: Sequence[str], columns: Mapping[str, str], panel: Mapping[str, str], file: str
) -> Chosen:
    """Return where each field stands; those that the file lacks are left out.

    columns: field -> the file's own column, or several joined by "+". Raises ObservationError.
    """
    unknown = sorted(set(columns) - set(FIELDS))
    if unknown:
        raise ObservationError(f"no field {unknown[0]}; the fields are {', '.join(FIELDS)}")
    is_panel = TIME not in header and panel[TIME] in header and panel[PRICE] in header
    names = (dict(panel) if is_panel else {field: field for field in FIELDS}) | dict(columns)
    chosen: Chosen = {}
    for field, name in names.items():
        parts = name.split(JOIN)
        missing = [part for part in parts if part not in header]
        if not missing:
            doubled = [part for part in parts if header.count(part) > 1]
            if doubled:
                raise ObservationError(
                    f"{file}:1: column {doubled[0]} stands there twice; remove one"
                )
            chosen[field] = [header.index(part) for part in parts]
        elif field in columns:
            raise ObservationError(
                f"{file}: no column {missing[0]}, which is to be the {field} ({_found(header)}); "
                f"name the file's own, as {field}=COLUMN"
            )
    priced = PRICE in chosen or {TOTAL, GPUS, HOURS} <= set(chosen)
    missing = [TIME] * (TIME not in chosen) + [PRICE] * (not priced)
    if missing:
        raise ObservationError(
            f"{file}:1: no column {' and no column '.join(missing)}; "
            f"the first line must name the columns time and price, or total, gpus and hours "
            f"({_found(header)}); name the file's own, as {missing[0]}=COLUMN"
        )
    return chosen


def conditions(header: Sequence[str], where: Mapping[str, str], file: str) -> list[tuple[int, str]]:
    """Return places of columns and the values that a row must have there to be used."""
    missing = sorted(set(where) - set(header))
    if missing:
        raise ObservationError(f"{file}: no column {missing[0]} ({_found(header)})")
    return [(header.index(column), value) for column, value in where.items()]


def _found(header: Sequence[str]) -> str:
    return f"found: {', '.join(header)[:200]}"
