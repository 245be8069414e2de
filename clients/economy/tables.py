"""Tables for people: the market month by month, the expected curve, the fit of a calibration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec
import numpy as np
from rich.table import Table

from clients.economy import measures
from clients.economy.calibration import Fit
from clients.economy.measures import Series
from clients.economy.outlook import Outlook
from clients.economy.shocks import Shock
from exchange.indices.sparkline import sparkline
from marketdata.days import date_of

SPARK_WIDTH = 48
CURVE_MONTHS = (1, 3, 6, 12, 24)


def months(underlying: str, first_day: int, series: Series) -> Table:
    """Return the mean of each calendar month: both indices, their gap, lists, utilisation."""
    table = Table(title=f"{underlying}, $ per GPU-hour, means of the month")
    for name in ("month", "broad", "executed", "list", "gap", "utilisation"):
        table.add_column(name, justify="left" if name == "month" else "right")
    days = [date_of(first_day + number) for number in range(len(series.broad))]
    names = np.array([f"{day:%Y-%m}" for day in days])
    for month in sorted(set(names.tolist())):
        rows = names == month
        broad, executed = series.broad[rows].mean(), np.nanmean(series.transaction[rows])
        table.add_row(
            month,
            f"{broad:.2f}",
            f"{executed:.2f}",
            f"{series.lists[rows].mean():.2f}",
            f"{broad / executed - 1:+.0%}",
            f"{series.utilisation[rows].mean():.0%}",
        )
    table.caption = (
        f"gap {sparkline((series.broad / series.transaction - 1).tolist(), SPARK_WIDTH)}"
    )
    return table


def overview(found: dict[str, Series]) -> Table:
    """Return one row an underlying: prices at the end, volatility, still days and the gap."""
    table = Table(title="The rental market at the end")
    for name in ("", "broad", "executed", "list", "volatility", "still days", "gap"):
        table.add_column(name, justify="right")
    for underlying, series in found.items():
        gap = series.broad / series.transaction - 1
        table.add_row(
            underlying,
            f"{series.broad[-1]:.2f}",
            f"{series.transaction[-1]:.2f}",
            f"{series.lists[-1]:.2f}",
            f"{measures.volatility(series.broad):.0%}, {measures.volatility(series.transaction):.0%}",
            f"{measures.still_days(series.tracked):.0%}",
            f"{np.nanmin(gap):+.0%} to {np.nanmax(gap):+.0%}",
        )
    table.caption = "benchmark configuration; volatility a year: broad, executed"
    return table


def curves(outlook: Outlook, underlyings: Sequence[str]) -> Table:
    """Return the executed prices that are expected, by months ahead."""
    table = Table(title="Expected executed price, $ per GPU-hour")
    table.add_column("months ahead", justify="right")
    for month in CURVE_MONTHS:
        table.add_column(str(month), justify="right")
    for underlying in underlyings:
        prices = [outlook.forward_micros(underlying, month / 12) for month in CURVE_MONTHS]
        table.add_row(underlying, *(f"{price / 1e6:.2f}" for price in prices))
    return table


def shocks(befell: Sequence[tuple[date, Shock]]) -> Table:
    """Return what befell the economy and when; a run of alike shocks takes one line."""
    table = Table("from", "to", "times", "shock", title="Shocks")
    runs: list[tuple[date, date, int, Shock]] = []
    for day, shock in befell:
        if runs and runs[-1][3] == shock:
            first, _, times, _ = runs[-1]
            runs[-1] = (first, day, times + 1, shock)
        else:
            runs.append((day, day, 1, shock))
    for first, last, times, shock in runs:
        fields = msgspec.structs.asdict(shock)
        words = [f"{name} {field}" for name, field in fields.items() if field not in ("", None)]
        kind = str(type(shock).__struct_config__.tag)
        table.add_row(f"{first}", f"{last}", f"{times}", f"{kind}: {', '.join(words)}")
    return table


def fit_table(fits: Sequence[Fit]) -> Table:
    """Return targets beside what was achieved."""
    table = Table(
        "figure", "of", "target", "achieved", "±", "set by", "source", title="Calibration"
    )
    for each in fits:
        target = each.target
        style = "" if each.met else "yellow"
        table.add_row(
            target.name,
            target.underlying,
            f"{target.wanted:.3f}",
            f"{each.achieved:.3f}",
            f"{each.error:.3f}",
            target.knob.value,
            target.source.replace("[", r"\["),
            style=style,
        )
    return table
