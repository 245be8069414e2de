"""A picture of indices and their gap, where matplotlib is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from exchange.explained import ExplainedError
from exchange.indices.publication import IndexPrint
from exchange.indices.tables import day_text


class PlottingError(ExplainedError, RuntimeError):
    """No picture can be drawn; the text says what to install or change."""


def plot(series: Mapping[str, Sequence[IndexPrint]], gaps: Mapping[int, float], path: Path) -> None:
    """Draw the indices above, their gap below if there is one; the suffix tells the kind of picture.

    Raises PlottingError.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        advice = "install compute-futures-exchange[plot]"
        raise PlottingError(f"{path}: a plot needs matplotlib; {advice}") from error
    figure = Figure(figsize=(10, 6), layout="constrained")
    if gaps:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        ordered = sorted(gaps)
        lower.plot([day_text(day) for day in ordered], [100 * gaps[day] for day in ordered])
        lower.axhline(0, color="grey", linewidth=0.8)
        lower.set_ylabel("gap, %")
    else:
        upper = figure.subplots()
    for name, prints in series.items():
        days = [day_text(each.day) for each in prints]
        prices = [
            float("nan") if each.price_micros is None else each.price_micros / 1e6
            for each in prints
        ]
        if any(price == price for price in prices):
            upper.plot(days, prices, label=name)
    upper.set_ylabel("$ per GPU-hour")
    if upper.lines:
        upper.legend()
    figure.autofmt_xdate()
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        raise PlottingError(f"{path}: {error}; name a writable .png, .svg or .pdf file") from error
