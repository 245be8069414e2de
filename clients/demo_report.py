"""What a demo's participants came to, each beside the same life without the exchange."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from clients.live import LiveTrader
from clients.trader import Report
from marketdata.messages import MICROS

PREFIX = "outcome: "
"""Stands before the outcome's figures in reports of those who have others too."""
WITH_BUSINESS = ("ai-lab", "neocloud", "loan-vehicle", "lender", "hyperscaler", "lease-token")
COMPARED = (
    ("cash flow, $", "cash flow $"),
    ("CVaR 95 % a day, $", "CVaR 95% of a day $"),
    ("lowest free cash, $", "lowest free cash $"),
)
"""Heading and figure of what is told with and without the exchange."""
ALONE = (
    ("futures P&L, $", "futures P&L $"),
    ("cost of hedging, $", "cost of hedging $"),
    ("margin drain, $", "margin drain $"),
)


def kinds_table(runners: Sequence[LiveTrader]) -> Table:
    """Return orders, fills and P&L at the exchange by kind."""
    table = Table(
        "kind",
        "members",
        "orders",
        "quotes",
        "rejects",
        "fills",
        "lots",
        "P&L, $",
        title="participants by kind",
    )
    groups: dict[str, list[LiveTrader]] = {}
    for runner in runners:
        groups.setdefault(runner.trader.kind, []).append(runner)
    for kind, members in groups.items():
        tallies = [runner.tally for runner in members]
        table.add_row(
            kind,
            f"{len(members)}",
            f"{sum(tally.orders for tally in tallies):,}",
            f"{sum(tally.quotes for tally in tallies):,}",
            f"{sum(tally.rejects for tally in tallies):,}",
            f"{sum(tally.fills for tally in tallies):,}",
            f"{sum(tally.volume_lots for tally in tallies):,}",
            f"{sum(tally.pnl_micros for tally in tallies) / MICROS:+,.0f}",
        )
    return table


def hedgers_table(reports: Sequence[Report]) -> Table:
    """Return each hedger with the exchange / without it, and what the exchange cost and did."""
    table = Table(title="with the exchange / without it, over the days that were closed")
    table.add_column("participant", no_wrap=True)
    for heading in (
        "days",
        "hedge eff. of cash",
        "of value",
        "over 10 days",
        *(heading for heading, _ in COMPARED),
        *(heading for heading, _ in ALONE),
        "survived",
    ):
        table.add_column(heading, justify="right")
    for report in reports:
        figures, without = outcome(report.figures), outcome(report.without)
        # Who has no business of its own would do nothing without the exchange.
        if figures.get("days") and report.kind in WITH_BUSINESS:
            table.add_row(report.trader, *_cells(figures, without))
    return table


def _cells(figures: dict[str, float], without: dict[str, float]) -> list[str]:
    return [
        f"{figures['days']:.0f}",
        _share(figures.get("hedge effectiveness of cash")),
        _share(figures.get("hedge effectiveness of value")),
        _share(figures.get("hedge effectiveness of 10 days' value")),
        *(f"{_dollars(figures.get(key))} / {_dollars(without.get(key))}" for _, key in COMPARED),
        *(_dollars(figures.get(key)) for _, key in ALONE),
        f"{_yes(figures.get('survived'))} / {_yes(without.get('survived'))}",
    ]


def outcome(figures: dict[str, float]) -> dict[str, float]:
    """Return an outcome's figures under their own names."""
    return {name.removeprefix(PREFIX): figure for name, figure in figures.items()}


def _dollars(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:,.0f}"


def _share(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.2f}"


def _yes(figure: float | None) -> str:
    return "-" if figure is None else "yes" if figure else "no"
