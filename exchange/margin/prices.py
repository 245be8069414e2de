"""Prices for calibration: each offer of a panel is its own series, so that a change of mix moves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from exchange.indices import reading
from exchange.indices.columns import PRICE, PROVIDER, TIME, UNDERLYING
from exchange.indices.panel import Observations

PANEL = {
    TIME: "date",
    PRICE: "usd_per_gpu_hour",
    PROVIDER: "source+cloud+region+instance+count+kind",
    UNDERLYING: "accel",
}
"""Columns of a panel of rental prices: assumed where a file has its time and price but no ``time``."""


def read(
    path: Path | str,
    underlying: str,
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
) -> Observations:
    """Read the prices of a CSV or Parquet file as exchange.indices.reading does, errors as there."""
    return reading.read(path, underlying, columns, where, panel=PANEL)
