"""``cfx contracts``: the families that are shipped, what one lists at a date, and whether a file is sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from exchange.contracts import listing, tables
from exchange.contracts.calendar import NS_PER_SECOND
from exchange.contracts.checking import check as check_files
from exchange.contracts.problems import ContractError, Problem
from exchange.contracts.spec import load, shipped
from exchange.contracts.terms import MICROS, ContractSpec
from exchange.indices import default
from exchange.terminal import complain, err, out

app = typer.Typer(no_args_is_help=True, help="List, show and check contract specifications.")

Files = Annotated[
    list[Path] | None,
    typer.Option("--contract", help="TOML file of a family of your own; may be repeated."),
]


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except ContractError as error:
        _tell(error.problems)
        raise typer.Exit(1) from None


def _tell(problems: Sequence[Problem]) -> None:
    for problem in problems:
        complain(str(problem))


@app.command("list")
def list_(contract: Files = None) -> None:
    """Show the shipped families, and your own beside them."""
    with _explained():
        out.print(tables.families(_families(contract)))


@app.command()
def show(
    family: Annotated[str, typer.Argument(help="Such as GPU1; `cfx contracts list` names them.")],
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="A time in UTC; now if not given."
        ),
    ] = None,
    price: Annotated[
        float | None,
        typer.Option(min=0.001, max=1e6, help="Index price in $ per GPU-hour, for first marks."),
    ] = None,
    months: Annotated[
        int | None,
        typer.Option(min=1, max=120, help="Contract months to show, up to the rule book's."),
    ] = None,
    contract: Files = None,
) -> None:
    """Show a family's terms and the instruments that it lists at a time, with dates and fixings."""
    moment = datetime.now(UTC) if at is None else at.replace(tzinfo=UTC)
    at_ns = int(moment.timestamp()) * NS_PER_SECOND
    with _explained():
        specs = _families(contract)
        if family not in {spec.family for spec in specs}:
            specs = shipped(family)
        if months is not None:
            specs = [_with_months(spec, months) for spec in specs]
        spec = next(spec for spec in specs if spec.family == family)
        prices = _latest_prices()
        if price is not None:
            prices[spec.index] = round(price * MICROS)
        wanted = [each for each in specs if each.family in {family, *spec.legs}]
        listed = [
            each for each in listing.instruments(wanted, at_ns, prices) if each.family == family
        ]
    out.print(tables.terms(spec))
    out.print(tables.instruments(spec, listed))
    if closed := tables.closed_days(spec, listed):
        out.print(closed, highlight=False)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="TOML files; spread legs may be among them.")],
) -> None:
    """Say everything that is wrong with specification files, with line and advice; exit status 1 if so."""
    specs, problems = check_files(files)
    _tell(problems)
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        err.print(f"{count}: nothing of these files would be listed", highlight=False)
        raise typer.Exit(1)
    out.print(tables.families(specs))
    out.print("sound: `cfx serve --contract FILE` lists it", highlight=False)


def _families(files: Sequence[Path] | None) -> list[ContractSpec]:
    own = [load(path) for path in files or ()]
    codes = {spec.family for spec in own}
    return [*(spec for spec in shipped() if spec.family not in codes), *own]


def _latest_prices() -> dict[str, int]:
    """Return the last price of each underlying in the generated series, in micro-dollars."""
    return {row.underlying: row.price_micros for row in default.generate().rows}


def _with_months(spec: ContractSpec, months: int) -> ContractSpec:
    if spec.listing is None:
        return spec
    count = min(months, spec.listing.rule_months)
    rule = msgspec.structs.replace(spec.listing, listed_months=count)
    return msgspec.structs.replace(spec, listing=rule)
