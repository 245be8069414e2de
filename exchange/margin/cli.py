"""``cfx margin``: calibrate the margin parameters, show the scenarios that come of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from exchange.contracts import listing, spec
from exchange.contracts.problems import ContractError
from exchange.contracts.terms import ContractSpec
from exchange.core.instrument import InstrumentSpec
from exchange.indices import default
from exchange.indices.columns import COLUMNS
from exchange.indices.panel import Observations
from exchange.indices.rejects import ObservationError
from exchange.margin import parameters, prices, tables, writing
from exchange.margin.assignment import class_of, place_of
from exchange.margin.backtest import Backtest, backtest
from exchange.margin.calibration import (
    Range,
    basis_move,
    generation_move,
    measure,
    scan_curve,
)
from exchange.margin.history import History, daily
from exchange.margin.parameters import (
    Calibration,
    MarginParameters,
    ParameterError,
    ScanCurve,
)
from exchange.margin.scenarios import shocks_ppm
from exchange.terminal import complain, out, warn

app = typer.Typer(no_args_is_help=True, help="Calibrate margin, show the scenarios.")

NOISE_PER_YEAR = 1.0
"""An index of a higher volatility than 100 % a year is not calibrated on: no index of rentals moved so."""

_FLAT = ScanCurve(days=(0.0,), ranges=(1.0,))

ParametersFile = Annotated[
    Path | None, typer.Option("--parameters", help="Margin parameters (TOML); the shipped ones.")
]


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (ContractError, ObservationError, ParameterError, OSError) as error:
        complain(str(error))
        raise typer.Exit(1) from None


@app.command()
def calibrate(
    file: Annotated[Path, typer.Argument(help="Prices: CSV, .csv.gz or Parquet.")],
    transaction: Annotated[
        Path | None, typer.Option(help="Prices of the transaction index: calibrates the basis.")
    ] = None,
    underlying: Annotated[
        str, typer.Option(help="Of the prices, where the file does not say.")
    ] = "H100",
    column: Annotated[
        list[str] | None,
        typer.Option(help="time|price|provider|underlying=COLUMN[+COLUMN]; may be repeated."),
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="COLUMN=VALUE that a row must have; may be repeated.")
    ] = None,
    product: Annotated[
        list[str] | None,
        typer.Option(help="INDEX=PRODUCT, as H100-SXM=H100: only these; may be repeated."),
    ] = None,
    confidence: Annotated[float | None, typer.Option(help="Such as 0.99.")] = None,
    horizon_days: Annotated[float | None, typer.Option(help="Days to close out.")] = None,
    horizon_rule: Annotated[
        str | None, typer.Option(help="square_root (of time) or overlapping (sums).")
    ] = None,
    measure_: Annotated[
        str | None, typer.Option("--measure", help="expected_shortfall or value_at_risk.")
    ] = None,
    stressed_weight: Annotated[
        float | None, typer.Option(help="Weight of the stressed period.")
    ] = None,
    look_back_days: Annotated[int | None, typer.Option(help="Newest returns that count.")] = None,
    parameters_file: ParametersFile = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Where to write the calibrated parameters.")
    ] = None,
) -> None:
    """Calibrate scan ranges on an index history and back-test them."""
    with _explained():
        text = (
            parameters.shipped_text()
            if parameters_file is None
            else parameters.read_text(parameters_file)
        )
        given = parameters.parse(text, str(parameters_file or parameters.SHIPPED))
        options = {
            "confidence": confidence,
            "horizon_days": horizon_days,
            "horizon_rule": horizon_rule,
            "measure": measure_,
            "stressed_weight": stressed_weight,
            "look_back_days": look_back_days,
        }
        terms = _with_options(given.calibration, options)
        columns = _pairs(column, "--column", COLUMNS)
        chosen = _pairs(where, "--where")
        products = _pairs(product, "--product")
        read = prices.read(file, underlying, columns, chosen)
        histories = _histories(read, file, products)
        out.print(tables.histories(histories.values(), read.rejected))
        ranges = _ranges(histories, terms)
        generation, generation_ranges = _generation(ranges, given, terms)
        basis, basis_ranges = None, list[Range]()
        if transaction is not None:
            traded = prices.read(transaction, underlying, columns, chosen)
            other = _histories(traded, transaction, products)
            try:
                basis, basis_ranges = basis_move(histories, other, terms)
            except ValueError as error:
                raise ObservationError(f"{transaction}: {error}") from error
        out.print(tables.ranges([*ranges.values(), *generation_ranges, *basis_ranges], terms))
        curves = {
            name: (given.scan.get(name), scan_curve(found, given.scan.get(name, _FLAT), terms))
            for name, found in ranges.items()
        }
        out.print(tables.scan_ranges(curves))
        for move, former, what in (
            (generation, given.generation.move, "generation.move"),
            (basis, given.basis.move, "basis.move"),
        ):
            if move is not None:
                out.print(f"{what}  {former:.2%} -> {move:.2%}", highlight=False)
        _show_backtests({name: histories[name] for name in ranges}, terms)
        if out_file is not None:
            source = f"{file.name}, {datetime.now(UTC):%Y-%m-%d}"
            scan = {name: curve for name, (_, curve) in curves.items()}
            writing.write(
                out_file, writing.calibrated_text(text, terms, scan, generation, basis, source)
            )
            out.print(f"wrote {out_file}", highlight=False, soft_wrap=True)


def _with_options(terms: Calibration, options: Mapping[str, object]) -> Calibration:
    chosen = {name: value for name, value in options.items() if value is not None}
    try:
        return msgspec.convert(msgspec.to_builtins(terms) | chosen, Calibration)
    except msgspec.ValidationError as error:
        raise typer.BadParameter(
            str(error).replace("_", "-").replace(" - at `$.", " - at `--")
        ) from None


def _pairs(texts: list[str] | None, option: str, names: tuple[str, ...] = ()) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts or []:
        name, equals, value = text.partition("=")
        if not (name and equals and value) or (names and name not in names):
            wanted = f"{'|'.join(names) or 'COLUMN'}=..."
            raise typer.BadParameter(f"{text!r} is not {wanted}", param_hint=option)
        pairs[name] = value
    return pairs


def _histories(read: Observations, file: Path, products: Mapping[str, str]) -> dict[str, History]:
    """Return the histories that have a return, by product."""
    absent = sorted(set(products) - set(read.underlyings))
    if absent:
        names = ", ".join(read.underlyings)
        raise ObservationError(f"{file}: no index {absent[0]} (found: {names})")
    kept: dict[str, History] = {}
    for index in products or read.underlyings:
        history = daily(read.of(index))
        name = products.get(index, index)
        if name in kept:
            raise ObservationError(f"{file}: two indices are to calibrate {name}; choose one")
        if len(history.returns):
            kept[name] = history._replace(underlying=name)
    if not kept:
        raise ObservationError(f"{file}: prices of one day only, so there is no return")
    return kept


def _ranges(histories: dict[str, History], terms: Calibration) -> dict[str, Range]:
    """Return the ranges of the histories that allow it; say of the others why not."""
    ranges: dict[str, Range] = {}
    reasons: list[str] = []
    for name, history in histories.items():
        if history.volatility_per_year > NOISE_PER_YEAR:
            reasons.append(
                f"{name}: {history.volatility_per_year:.0%} a year is the noise of its prices; choose "
                "those of one source or kind with --where"
            )
            continue
        try:
            ranges[name] = measure(history, terms)
        except ValueError as error:
            reasons.append(f"{name}: {str(error).removeprefix(f'{name}: ')}")
            continue
    if not ranges:
        raise ObservationError("nothing to calibrate on: " + "; ".join(reasons))
    for reason in reasons:
        warn(f"left out: {reason}")
    return ranges


def _generation(
    ranges: dict[str, Range], given: MarginParameters, terms: Calibration
) -> tuple[float | None, list[Range]]:
    try:
        histories = [found.history for found in ranges.values()]
        return generation_move(histories, given.generation, terms)
    except ValueError as error:
        warn(f"generation.move stays {given.generation.move:.2%}: {error}")
        return None, []


def _show_backtests(histories: Mapping[str, History], terms: Calibration) -> None:
    found: list[tuple[str, tuple[Backtest, ...]]] = []
    for name, history in histories.items():
        try:
            found.append((name, backtest(history.returns, terms.confidence, terms.decay)))
        except ValueError as error:
            warn(f"{name} is not back-tested: {error}")
    if found:
        out.print(tables.backtests(found))
    for name, sides in found:
        for side in sides:
            if side.kupiec.rejects and side.violations > side.expected:
                warn(f"{name}: margin of the {side.side} side was too low too often")


@app.command()
def scenarios(
    instrument: Annotated[
        str | None, typer.Argument(help="Such as GPU1-31DEC26, or a family as GPU1.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every listed contract.")] = False,
    at: Annotated[
        str | None, typer.Option(help="UTC time, as 2026-11-02T12:00; now if not given.")
    ] = None,
    contract: Annotated[
        list[Path] | None,
        typer.Option(help="TOML file of a family beside the shipped ones; may be repeated."),
    ] = None,
    parameters_file: ParametersFile = None,
) -> None:
    """Show the 24 moves that margin takes an instrument's price to make."""
    if (instrument is None) != every:
        raise typer.BadParameter("name an instrument or a family, or give --all")
    at_ns = time.time_ns() if at is None else _instant_ns(at)
    with _explained():
        given = (
            parameters.shipped() if parameters_file is None else parameters.load(parameters_file)
        )
        families = [*spec.shipped(), *(spec.load(path) for path in contract or ())]
        listed = _listed(families, at_ns)
    shown = [each for each in listed if every or instrument in (each.name, each.family)]
    if any(each.is_combo or each.is_binary for each in shown):
        what = "a spread moves as its legs do, and of a binary all may be lost"
        if not every:
            complain(f"{instrument} has no scenarios: {what}")
            raise typer.Exit(1)
        shown = [each for each in shown if not (each.is_combo or each.is_binary)]
    if not shown:
        names = ", ".join(each.name for each in listed)
        complain(f"no instrument or family {instrument}; listed are {names}")
        raise typer.Exit(1)
    terms = {each.family: each for each in families}
    rows = []
    for each in shown:
        place = place_of(each, terms[each.family], at_ns)
        margin_class = class_of(terms[each.family])
        rows.append((each, place, shocks_ppm(given, each, *place, margin_class)))
    fit = tables.scenarios_that_fit(out.width)
    for start in range(0, len(rows), fit):
        out.print(tables.scenarios(rows[start : start + fit], at_ns))


def _instant_ns(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not an ISO 8601 time", param_hint="--at") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000


def _listed(families: list[ContractSpec], at_ns: int) -> list[InstrumentSpec]:
    """Return what trades at a time; no move depends on the level of a price, so any will do."""
    known = {row.underlying: row.price_micros for row in default.generate().rows}
    levels = {each.underlying: known.get(each.underlying, 1_000_000) for each in families}
    return listing.instruments(families, at_ns, levels)
