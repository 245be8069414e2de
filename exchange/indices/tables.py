"""Tables of prints, gaps, contributions, coefficients, rejects and attacks, as the terminal shows them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from rich.table import Column, Table
from rich.text import Text

from exchange.indices.attack import Attack
from exchange.indices.comparison import Contribution, volatility
from exchange.indices.hedonic import Coefficient
from exchange.indices.panel import Observations
from exchange.indices.publication import IndexPrint
from exchange.indices.sparkline import sparkline
from marketdata.days import date_of

_NONE = "–"


def day_text(day: int) -> date:
    """Return the date of a day since 1970-01-01."""
    return date_of(day)


def rejects(observed: Observations) -> Table:
    """Return what was not used of a file, by column and cause, with an example of each."""
    table = Table("column", "cause", "rows", "for example", title="Rows that were not used")
    for (field, cause), count in sorted(observed.reject_counts.items(), key=lambda each: -each[1]):
        same = (each for each in observed.rejects if (each.field, each.cause) == (field, cause))
        example = next(same, None)
        told = "" if example is None else f"line {example.line}: {example.reason}; {example.advice}"
        table.add_row(Text(field or "(row)"), cause, f"{count:,}", Text(told))
    return table


def prints(series: Mapping[str, Sequence[IndexPrint]]) -> Table:
    """Return a line for each index: its prints, its level, its course."""
    table = Table(title="Prints, $ per GPU-hour")
    for column in ("index", "from", "to"):
        table.add_column(column, no_wrap=True)
    for column in ("prints", "withheld", "first", "last", "mean", "low", "high", "vol. a year"):
        table.add_column(column, justify="right")
    table.add_column("course", no_wrap=True)
    for name, each in series.items():
        known = [one.price_micros / 1e6 for one in each if one.price_micros is not None]
        course = [None if one.price_micros is None else one.price_micros / 1e6 for one in each]
        if not known:
            table.add_row(name, *_span(each), "0", str(len(each)), *[_NONE] * 6, "")
            continue
        table.add_row(
            name,
            *_span([one for one in each if one.price_micros is not None]),
            str(len(known)),
            str(len(each) - len(known)),
            *(f"{value:.4f}" for value in (known[0], known[-1])),
            *(f"{value:.4f}" for value in (math.fsum(known) / len(known), min(known), max(known))),
            f"{volatility(each):.1%}",
            sparkline(_inner(course), 30),
        )
    return table


def _span(each: Sequence[IndexPrint]) -> tuple[str, str]:
    return (str(day_text(each[0].day)), str(day_text(each[-1].day))) if each else (_NONE, _NONE)


def _inner(values: Sequence[float | None]) -> Sequence[float | None]:
    places = [place for place, value in enumerate(values) if value is not None]
    return values[places[0] : places[-1] + 1] if places else values


def withheld(series: Mapping[str, Sequence[IndexPrint]], most: int = 30) -> Table:
    """Return the days without a print, as stretches with one kind of reason each."""
    table = Table("index", "from", "to", "days", "reason", title="Withheld")
    rows = [row for name, each in series.items() for row in _stretches(name, each)]
    for row in rows[-most:]:
        table.add_row(*row)
    if len(rows) > most:
        table.caption = f"the last {most} of {len(rows)} stretches"
    return table


def _stretches(name: str, each: Sequence[IndexPrint]) -> Iterable[tuple[str, str, str, str, str]]:
    def kind(one: IndexPrint) -> str:
        return "" if one.price_micros is not None else one.withheld_reason.lstrip("0123456789. ")

    for _, stretch in groupby(each, kind):
        days = list(stretch)
        if days[0].price_micros is None:
            reasons = list(dict.fromkeys(one.withheld_reason for one in days))
            told = reasons[0] if len(reasons) == 1 else f"{reasons[0]} … {reasons[-1]}"
            first, last = (str(day_text(days[place].day)) for place in (0, -1))
            yield name, first, last, str(len(days)), told


def gap(found: Mapping[int, float], broad: str, transaction: str) -> Table:
    """Return the gap of two indices by month: its mean and its ends."""
    title = f"Gap: {broad} over {transaction}"
    table = Table("month", title=title)
    for column in ("days", "mean", "lowest", "highest"):
        table.add_column(column, justify="right")
    for month, days in groupby(sorted(found), lambda day: f"{day_text(day):%Y-%m}"):
        values = [found[day] for day in days]
        mean = math.fsum(values) / len(values)
        shown = (f"{value:+.1%}" for value in (mean, min(values), max(values)))
        table.add_row(month, str(len(values)), *shown)
    return table


def contributions(name: str, found: Sequence[Contribution], most: int = 15) -> Table:
    """Return the largest contributions, and what the index would be without each provider."""
    table = Table("provider", title=f"{name}: providers, and the mean without each")
    for column in ("prints", "price $", "weight", "pull $", "without it", "then withheld"):
        table.add_column(column, justify="right")
    by_effect = sorted(
        found, key=lambda each: -abs(0.0 if math.isnan(each.without) else each.without)
    )
    for each in by_effect[:most]:
        table.add_row(
            Text(each.provider),
            str(each.days),
            f"{each.price:.4f}",
            f"{each.weight:.1%}",
            f"{each.pull:+.4f}",
            _NONE if math.isnan(each.without) else f"{each.without:+.2%}",
            str(each.withheld),
        )
    if len(found) > most:
        table.caption = f"the {most} of {len(found)} without which the mean would change most"
    return table


def coefficients(name: str, found: Sequence[Coefficient], most: int = 25) -> Table:
    """Return the hedonic coefficients with standard errors, those that rest on prices first."""
    table = Table(
        Column("term", min_width=12, overflow="fold"),
        title=f"{name}: what terms add to ln price (errors clustered by provider)",
    )
    for column in ("log", "error", "factor", "prior", "prior sd", "offers", "providers"):
        table.add_column(column, justify="right")
    ordered = sorted(found, key=lambda each: (-each.providers, each.name))
    for each in ordered[:most]:
        table.add_row(
            Text(each.name),
            f"{each.log:+.4f}",
            "fixed" if each.prior_sd == 0 else f"{each.error:.4f}",
            f"{math.exp(each.log):.3f}",
            f"{each.prior_log:+.2f}",
            f"{each.prior_sd:.2f}",
            str(each.offers),
            str(each.providers),
        )
    if len(found) > most:
        table.caption = f"the {most} of {len(found)} that most providers have"
    return table


def attacks(name: str, provider: str, level: float, move: float, found: Sequence[Attack]) -> Table:
    """Return what an attack costs by each means, the cheapest first."""
    title = f"{name} ({level:.4f} $): moving the monthly mean by {move:+.1%} through {provider}"
    table = Table("means", title=Text(title))
    columns = ("price × market", "GPU-h a day", "moved", "cost $", "fees $")
    for column in columns:
        table.add_column(column, justify="right")
    table.add_column("bounded by (days)")
    for each in found:
        style = None if each.succeeds else "dim"
        table.add_row(
            each.means,
            f"{each.factor:.3f}",
            f"{each.gpu_hours:,.0f}",
            f"{each.moved:+.2%}" + ("" if each.succeeds else " (fails)"),
            f"{each.cost_usd:,.0f}",
            f"{each.fees_usd:,.0f}",
            ", ".join(f"{rule} ({days})" for rule, days in each.held_by.items()) or "nothing",
            style=style,
        )
    return table
