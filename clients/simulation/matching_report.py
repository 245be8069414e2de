"""A study's outcomes as a table and as a picture: means over the seeds, with the lowest and the highest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.table import Table

from clients.simulation.matching_study import Outcome
from clients.simulation.measures import mean
from exchange.indices.plotting import PlottingError

ROWS: tuple[tuple[str, str, Callable[[Outcome], float]], ...] = (
    ("spread, ticks", ".2f", lambda o: o.spread_ticks),
    ("lots at the best price", ".1f", lambda o: o.best_lots),
    ("lots within 5 ticks", ".1f", lambda o: o.near_lots),
    ("lots traded", ",.0f", lambda o: o.lots),
    ("makers' orders taken back", ".1%", lambda o: o.taken_back_part),
    ("makers' orders a trade", ".2f", lambda o: o.orders_a_trade),
    ("slow makers' share of fills", ".1%", lambda o: o.slow_fill_part),
    ("adverse move, fast makers", ".2f", lambda o: o.fast_adverse_ticks),
    ("adverse move, slow makers", ".2f", lambda o: o.slow_adverse_ticks),
    ("earned after 1 s, fast makers", ".2f", lambda o: o.fast_edge_ticks),
    ("earned after 1 s, slow makers", ".2f", lambda o: o.slow_edge_ticks),
    ("investors' cost, ticks", ".2f", lambda o: o.investor_cost_ticks),
    ("snipers' share of lots", ".1%", lambda o: o.sniped_part),
)
_PICTURED = (0, 6, 8, 11)


def by_matching(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Return the outcomes of each algorithm, in the order in which these first come."""
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.matching, []).append(outcome)
    return found


def table(outcomes: Sequence[Outcome]) -> Table:
    """Return a row a measure, a column an algorithm: the mean over the seeds (lowest to highest)."""
    groups = by_matching(outcomes)
    seeds = len({outcome.seed for outcome in outcomes})
    made = Table(title=f"mean of {seeds} seeds (lowest to highest)")
    made.add_column("")
    for name in groups:
        made.add_column(name.replace("_", "-"), justify="right")
    for label, style, of in ROWS:
        cells = []
        for group in groups.values():
            values = [of(outcome) for outcome in group]
            spread = f"({min(values):{style}} to {max(values):{style}})"
            cells.append(
                f"{mean(values):{style}} {spread}" if len(values) > 1 else f"{values[0]:{style}}"
            )
        made.add_row(label, *cells)
    return made


def picture(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write the picture of four measures, a point a seed; the ending of ``path`` says the format.

    Raises PlottingError without matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise PlottingError(
            f"{path}: a plot needs matplotlib; install compute-futures-exchange[plot]"
        ) from error
    groups = by_matching(outcomes)
    figure = Figure(figsize=(10, 3.2), layout="constrained")
    for axes, place in zip(figure.subplots(1, len(_PICTURED)), _PICTURED, strict=True):
        label, _, of = ROWS[place]
        names = [name.replace("_", "\n") for name in groups]
        means = [mean([of(outcome) for outcome in group]) for group in groups.values()]
        axes.bar(names, means, color="#9db8d9")
        for column, group in enumerate(groups.values()):
            axes.plot([column] * len(group), [of(o) for o in group], "k.", markersize=4)
        axes.axhline(0, color="black", linewidth=0.6)
        axes.set_title(label, fontsize=9)
        axes.tick_params(labelsize=7)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
