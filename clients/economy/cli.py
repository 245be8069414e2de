"""`cfx economy`: live through the rental market, and calibrate it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clients.economy import tables, writing
from clients.economy.calibration import adjust, fit, simulate
from clients.economy.economy import Economy
from clients.economy.measures import Recorder
from clients.economy.parameters import DEFAULT, ParameterError, load
from clients.economy.shocks import Happening, Shock, ShockError, parse
from exchange.terminal import complain, err, out
from marketdata.days import date_of, day_number

if TYPE_CHECKING:
    from clients.economy.recording import ObservationFile

SCENARIOS = Path(__file__).with_name("scenarios")
"""Files of shocks that are shipped; each can be named without its folder and ending."""

app = typer.Typer(no_args_is_help=True, help="The rental market of GPUs behind the indices.")

ParametersFile = Annotated[
    Path, typer.Option("--parameters", help="TOML of the economy; the shipped one if not given.")
]


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _refuse(f"{error.filename}: {error.strerror}; name a file that can be read or written")
    except (ParameterError, ShockError, ValueError) as error:
        _refuse(str(error))


def _refuse(text: str) -> NoReturn:
    complain(text)
    raise typer.Exit(1) from None


def _written(path: Path) -> ObservationFile:
    # It loads pyarrow, which takes longer than all else of a command that writes no file.
    from clients.economy.recording import ObservationFile

    return ObservationFile(path)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=err, transient=True)


def scenario(name: str) -> tuple[Happening, ...]:
    """Return the shocks of a shipped scenario or of a file. Raises ShockError where there is none."""
    shipped = SCENARIOS / f"{name}.toml"
    path = shipped if shipped.is_file() else Path(name)
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in SCENARIOS.glob("*.toml")))
        raise ShockError(f"{name}: no such file, and no shipped scenario; there are {known}")
    return parse(path.read_text(encoding="utf-8"), str(path))


@app.command()
def run(
    days: Annotated[int, typer.Option(min=2, max=36_500, help="Days to live through.")] = 365,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all chance.")] = 1,
    first_day: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="First day.")
    ] = datetime(2026, 1, 1),
    shocks: Annotated[
        str | None, typer.Option(help="A file of shocks, or a shipped scenario such as squeeze.")
    ] = None,
    underlying: Annotated[str, typer.Option(help="Show this one month by month.")] = "H100",
    output: Annotated[
        Path | None, typer.Option("--out", help="Write the observations to .csv or .parquet.")
    ] = None,
    still: Annotated[
        bool, typer.Option("--still", help="Let nothing befall the market but the given shocks.")
    ] = False,
    parameters: ParametersFile = DEFAULT,
) -> None:
    """Live through some days and show prices, the gap between the indices and the curve."""
    with _explained():
        params = load(parameters).without_chance() if still else load(parameters)
        if underlying not in params.generations:
            known = ", ".join(params.generations)
            raise ParameterError(f"--underlying {underlying}: there are {known}")
        happenings = scenario(shocks) if shocks else ()
        first = day_number(first_day.date())
        file = _written(output) if output else contextlib.nullcontext()
        with _bar() as bar, file as written:
            task = bar.add_task("days", total=days)
            economy, recorder = Economy(params, seed, first), Recorder()
            economy.schedule(happenings)
            befell: list[tuple[date, Shock]] = []
            for _ in range(days):
                day = economy.step()
                recorder.take(day)
                if written is not None:
                    written.write(day.observations)
                befell += [(date_of(day.day), shock) for shock in day.shocks]
                bar.advance(task)
        if befell:
            out.print(tables.shocks(befell))
        found = {name: recorder.series(name) for name in recorder.underlyings}
        if underlying in found:
            out.print(tables.months(underlying, first, found[underlying]))
        out.print(tables.overview(found))
        out.print(tables.curves(day.outlook, list(found)))
        if output:
            out.print(f"observations written to {output}", soft_wrap=True, highlight=False)


@app.command()
def calibrate(
    rounds: Annotated[int, typer.Option(min=0, max=50, help="Rounds of adjustment.")] = 4,
    days: Annotated[int, typer.Option(min=30, max=3_650, help="Days of each seed.")] = 730,
    seeds: Annotated[int, typer.Option(min=1, max=64, help="Seeds 1 to this.")] = 4,
    parameters: ParametersFile = DEFAULT,
    write: Annotated[
        Path | None, typer.Option(help="Copy of the parameters to write, with what was found.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Page whose table between its marks is replaced.")
    ] = None,
) -> None:
    """Move the parameters until the simulated market meets the published figures."""
    with _explained():
        params = load(parameters)
        with _bar() as bar:
            task = bar.add_task("days", total=(rounds + 1) * seeds * days)
            for number in range(rounds + 1):
                runs = [
                    simulate(params, seed, days, lambda: bar.advance(task))
                    for seed in range(1, seeds + 1)
                ]
                fits = fit(runs)
                missed = sum(not each.met for each in fits)
                bar.console.print(f"round {number}: {missed} of {len(fits)} missed")
                if number < rounds:
                    params = adjust(params, fits)
        out.print(tables.fit_table(fits))
        if write:
            text = parameters.read_text(encoding="utf-8")
            write.write_text(writing.with_calibrated(text, params), encoding="utf-8")
            out.print(f"parameters written to {write}", soft_wrap=True, highlight=False)
        if page:
            command = f"cfx economy calibrate --rounds {rounds} --days {days} --seeds {seeds}"
            writing.put_table(page, writing.markdown(fits, command))
            out.print(f"table written to {page}", soft_wrap=True, highlight=False)
