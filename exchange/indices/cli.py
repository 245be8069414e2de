"""``cfx index``: compute indices from observed prices, audit prints, measure what moving them costs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from exchange.indices import attack as attacking
from exchange.indices import tables
from exchange.indices.comparison import contributions, gaps
from exchange.indices.computing import compute, without_revisions
from exchange.indices.methodology import BroadTerms, Methodology, MethodologyError, load, shipped
from exchange.indices.panel import Observations
from exchange.indices.plotting import PlottingError, plot
from exchange.indices.publication import IndexPrint
from exchange.indices.reading import read
from exchange.indices.recording import AuditError, Recording, audit
from exchange.indices.rejects import ObservationError
from exchange.terminal import complain, err, out, warn
from marketdata.days import day_number

app = typer.Typer(no_args_is_help=True, help="Compute, audit and attack price indices.")

DIFFERENCES_SHOWN = 10

File = Annotated[Path, typer.Argument(help="Observed prices: CSV, .csv.gz or Parquet.")]
Index = Annotated[
    list[str] | None,
    typer.Option("--index", help="A shipped index or a TOML file of yours; may be repeated."),
]
Underlying = Annotated[str, typer.Option(help="Whose indices, where --index names none.")]
Column = Annotated[
    list[str] | None,
    typer.Option(help="FIELD=COLUMN of the file, as price=cost; may be repeated."),
]


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (
        attacking.AttackError,
        AuditError,
        MethodologyError,
        ObservationError,
        PlottingError,
        OSError,
    ) as error:
        complain(str(error))
        raise typer.Exit(1) from None


@contextmanager
def _bar(task: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar; what is yielded takes how much is done, and of how much."""
    columns = (TextColumn(task), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        shown = bar.add_task(task, total=None)
        yield lambda done, of: bar.update(shown, completed=done, total=of)


@app.command("compute")
def compute_(
    file: File,
    index: Index = None,
    underlying: Underlying = "H100",
    first: Annotated[
        str | None, typer.Option("--from", help="First day to show, as 2026-07-01.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day to show.")] = None,
    column: Column = None,
    plot_file: Annotated[
        Path | None, typer.Option("--plot", help="Picture to draw (.png, .svg, .pdf).")
    ] = None,
    audit_file: Annotated[
        Path | None, typer.Option("--audit", help="Audit file (.zip) to write.")
    ] = None,
) -> None:
    """Compute indices over observed prices: prints, gap, providers, what was withheld and why."""
    with _explained():
        first_day, last_day = _day(first, "--from"), _day(last, "--to")
        chosen = _methodologies(index, underlying)
        observed = _observed(file, column)
        recording = Recording([without_revisions(each) for each in chosen])
        with _bar("computing") as progress:
            found = compute(
                observed.panel,
                chosen,
                first_day=first_day,
                last_day=last_day,
                publisher=recording,
                progress=progress,
            )
        series = {each.name: [one for one in found if one.index == each.name] for each in chosen}
        out.print(tables.prints(series))
        if any(one.price_micros is None for one in found):
            out.print(tables.withheld(series))
        between = _show_gap(series, chosen)
        for each in chosen:
            terms = each.versions[-1].terms
            calculations = [one.calculation for one in series[each.name] if one.calculation]
            if any(one.price_micros for one in series[each.name]):
                out.print(tables.contributions(each.name, contributions(calculations, terms)))
            told = recording.publisher.coefficients(each.name)
            if told:
                out.print(tables.coefficients(each.name, told))
        if audit_file is not None:
            recording.write(audit_file)
            out.print(f"wrote {audit_file}; check it with: cfx index audit {audit_file}")
        if plot_file is not None:
            plot(series, between, plot_file)
            out.print(f"wrote {plot_file}")


def _show_gap(series: dict[str, list[IndexPrint]], chosen: list[Methodology]) -> dict[int, float]:
    broad = [each.name for each in chosen if isinstance(each.versions[-1].terms, BroadTerms)]
    others = [each.name for each in chosen if each.name not in broad]
    between: dict[int, float] = {}
    for name in broad:
        for other in others:
            found = gaps(series[name], series[other])
            between = between or found
            if found:
                out.print(tables.gap(found, name, other))
            else:
                out.print(f"no day has a print of both {name} and {other}: no gap")
    return between


@app.command("audit")
def audit_(
    file: Annotated[Path, typer.Argument(help="What `cfx index compute --audit` wrote.")],
) -> None:
    """Recompute every print of an audit file from its inputs; say equal, or which step differs."""
    with _explained():
        with _bar("auditing") as progress:
            count, differences = audit(file, progress)
        for each in differences[:DIFFERENCES_SHOWN]:
            out.print(
                f"{each.name} {tables.day_text(each.day)}: step {each.step} differs: "
                f"recorded {each.recorded}, recomputed {each.recomputed}",
                highlight=False,
                soft_wrap=True,
            )
        if differences:
            out.print(f"[red]{len(differences)} of {count} prints differ[/red]")
            raise typer.Exit(1)
        out.print(f"[green]equal[/green]: {count} prints, each step of each", highlight=False)


@app.command("attack")
def attack_(
    file: File,
    provider: Annotated[str, typer.Option(help="Through whose observations.")],
    index: Index = None,
    underlying: Underlying = "H100",
    month: Annotated[
        str | None, typer.Option(help="As 2026-07; the last whole one if not given.")
    ] = None,
    move: Annotated[
        float, typer.Option(min=-0.5, max=0.5, help="Change of the monthly mean, a share.")
    ] = 0.01,
    fee: Annotated[
        float, typer.Option(min=0, max=1, help="Share of what is paid that others keep; a default.")
    ] = 0.03,
    column: Column = None,
) -> None:
    """Measure what it costs to move the monthly mean of each index through one provider."""
    with _explained():
        if move == 0:
            raise attacking.AttackError("--move is 0; name a change, as 0.01")
        chosen = _methodologies(index, underlying)
        observed = _observed(file, column)
        year, number = _month(month) if month else attacking.last_full_month(observed.panel)
        first_day, last_day = attacking.month_days(year, number)
        failed = 0
        for each in chosen:
            try:
                target = attacking.Target(observed.panel, each, provider, first_day, last_day)
            except attacking.AttackError as error:
                failed += 1
                warn(f"{each.name}: {error}")
                continue
            with _bar(f"attacking {each.name}") as progress:
                found = attacking.attacks(target, move, fee, progress)
            out.print(tables.attacks(each.name, provider, target.level, move, found))
        if failed == len(chosen):
            raise attacking.AttackError("no index could be attacked in that month; see above")


def _observed(file: Path, column: list[str] | None) -> Observations:
    columns = dict(_pair(each) for each in column or [])
    with _bar("reading") as progress:
        observed = read(file, columns=columns, not_after_ns=time.time_ns(), progress=progress)
    rows = f"{len(observed.panel):,} observations of {', '.join(observed.underlyings)}"
    out.print(f"{rows}; {observed.rejected:,} rows were not used", highlight=False)
    if observed.rejected:
        out.print(tables.rejects(observed))
    return observed


def _methodologies(names: list[str] | None, underlying: str) -> list[Methodology]:
    known = {each.name: each for each in shipped()}
    if not names:
        chosen = [
            each for each in known.values() if each.versions[0].terms.underlying == underlying
        ]
        if not chosen:
            told = ", ".join(sorted({each.versions[0].terms.underlying for each in known.values()}))
            raise MethodologyError(f"no index of {underlying}; there are indices of {told}")
        return chosen
    chosen = []
    for name in names:
        if name in known:
            chosen.append(known[name])
        elif name.endswith(".toml"):
            chosen.append(load(name))
        else:
            raise MethodologyError(
                f"no index {name}; there are {', '.join(known)}; your own is a .toml file"
            )
    repeated = [each.name for each in chosen if [one.name for one in chosen].count(each.name) > 1]
    if repeated:
        raise MethodologyError(f"{repeated[0]} is named twice; name each index once")
    return chosen


def _pair(text: str) -> tuple[str, str]:
    field, equals, name = text.partition("=")
    if not equals or not field or not name:
        raise typer.BadParameter(f"{text!r} is not FIELD=COLUMN", param_hint="--column")
    return field, name


def _day(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    try:
        return day_number(date.fromisoformat(text))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day, as 2026-07-01", param_hint=option) from None


def _month(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
    if not found:
        raise typer.BadParameter(f"{text!r} is no month, as 2026-07", param_hint="--month")
    return int(found[1]), int(found[2])
