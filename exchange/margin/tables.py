"""What the margin commands print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich import box
from rich.table import Table

from exchange.core.instrument import InstrumentSpec
from exchange.margin.assignment import Place
from exchange.margin.backtest import Backtest
from exchange.margin.calibration import Range, Side
from exchange.margin.coverage import LikelihoodRatio
from exchange.margin.history import History
from exchange.margin.parameters import Calibration, ScanCurve
from exchange.margin.scenarios import NAMES
from marketdata.days import date_of

_PPM_PER_PERCENT = 10_000
_SCENARIO_WIDTH = 32
_INSTRUMENT_WIDTH = 16


def histories(found: Iterable[History], rejected: int) -> Table:
    """Show what was read: returns, their days, standstills and realised volatility."""
    caption = f"{rejected:,} rows of the file were not usable" if rejected else None
    table = Table("index", "returns", "from", "to", "no move", "volatility", "level, $",
                  title="History", caption=caption)  # fmt: skip
    for each in found:
        still = float((each.returns == 0).mean())
        table.add_row(
            each.underlying,
            f"{len(each.returns):,}",
            _day(int(each.days[0] - each.elapsed_days[0])),
            _day(int(each.days[-1])),
            f"{still:.0%}",
            f"{each.volatility_per_year:.0%}",
            f"{each.level_micros / 1e6:.4f}",
        )
    return table


def ranges(found: Iterable[Range], terms: Calibration) -> Table:
    """Show how far each index may move: now, in the stressed period, and as margin takes it."""
    measure = terms.measure.replace("_", " ").capitalize()
    rule = terms.horizon_rule.replace("_", " ")
    table = Table("index", "side", "now", "stressed", "margin", "range", "volatility now",
                  title=f"{measure} at {terms.confidence:.2%} over {terms.horizon_days:g} days ({rule})",
                  caption="now, stressed, margin: log-moves; range: a fraction of the price")  # fmt: skip
    for each in found:
        volatility = f"{each.volatility_per_year:.0%}"
        table.add_row(each.history.underlying, "long", *_side(each.long), "", "")
        table.add_row("", "short", *_side(each.short), f"{each.move:.2%}", volatility)
    return table


def scan_ranges(calibrated: dict[str, tuple[ScanCurve | None, ScanCurve]]) -> Table:
    """Show scan ranges by tenor, former and calibrated."""
    table = Table("product", "days to the fixings", "former", "calibrated", title="Scan ranges")
    for name, (former, curve) in calibrated.items():
        for place, day in enumerate(curve.days):
            table.add_row(
                name if place == 0 else "",
                f"{day:g}",
                "-" if former is None else f"{former.at(day):.2%}",
                f"{curve.ranges[place]:.2%}",
            )
    return table


def backtests(found: Sequence[tuple[str, Sequence[Backtest]]]) -> Table:
    """Show each side's violations and what the tests say of them."""
    windows = ", ".join(f"{name} {sides[0].window_days}" for name, sides in found)
    table = Table("index", "side", "days", "violated", "Kupiec LR", "p", "verdict",
                  "independent", box=box.SIMPLE_HEAD, title="Back-test of the one-day value at risk",
                  caption=f"rejected: p below 5 % (LR above 3.841). Windows: {windows}")  # fmt: skip
    for name, sides in found:
        for side in sides:
            table.add_row(
                name if side.side == "long" else "",
                side.side,
                f"{side.days:,}",
                f"{side.violations} of {side.expected:.1f}",
                f"{side.kupiec.statistic:.4f}",
                f"{side.kupiec.p_value:.3f}",
                _verdict(side.kupiec),
                _verdict(side.christoffersen),
            )
    return table


def scenarios(found: Sequence[tuple[InstrumentSpec, Place, Sequence[int]]], at_ns: int) -> Table:
    """Show the shocks of instruments, a column each, in percent of the mark."""
    moment = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC)
    table = Table("#", title=f"Moves at {moment:%d %b %Y %H:%M} UTC, % of the mark")
    table.add_column("scenario", no_wrap=True)
    for instrument, _, _ in found:
        table.add_column(instrument.name, justify="right", no_wrap=True)
    for column, name in enumerate(NAMES):
        moves = (f"{shocks[column] / _PPM_PER_PERCENT:+.2f}" for _, _, shocks in found)
        table.add_row(str(column), name, *moves, end_section=column in (7, 15, 21))
    table.add_section()
    places = [place for _, place, _ in found]
    table.add_row("", "days to the fixings", *(f"{place.tenor_days:.1f}" for place in places))
    table.add_row("", "fixings unknown", *(f"{place.unknown_share:.1%}" for place in places))
    for side, sign in (("long", -1), ("short", 1)):
        worst = (max(sign * shock for shock in shocks) for _, _, shocks in found)
        table.add_row("", f"{side} needs", *(f"{ppm / _PPM_PER_PERCENT:.2f}" for ppm in worst))
    return table


def scenarios_that_fit(width: int) -> int:
    """Return how many instruments a table of scenarios can show in so many characters, at least one."""
    return max(1, (width - _SCENARIO_WIDTH) // _INSTRUMENT_WIDTH)


def _side(side: Side) -> tuple[str, str, str]:
    return f"{side.current:.2%}", f"{side.stressed:.2%}", f"{side.margin:.2%}"


def _verdict(ratio: LikelihoodRatio) -> str:
    return "[red]rejected[/red]" if ratio.rejects else "[green]passed[/green]"


def _day(number: int) -> str:
    return (date_of(number)).isoformat()
