"""The margin parameters: how far prices are taken to move, as a TOML file states it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from functools import reduce
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta

from exchange.explained import ExplainedError

MAX_FILE_BYTES = 1 << 20
SHIPPED = "parameters.toml"

Share = Annotated[float, Meta(ge=0, le=1)]
Move = Annotated[float, Meta(ge=0, le=1)]
Rise = Annotated[float, Meta(ge=0, le=3)]
Weight = Annotated[float, Meta(ge=-1, le=1)]
Days = Annotated[float, Meta(ge=1, le=36_500)]
Measure = Literal["expected_shortfall", "value_at_risk"]
HorizonRule = Literal["square_root", "overlapping"]


class Fault(NamedTuple):
    """One value that cannot be used: its dotted field ("" for the file) and why."""

    field: str
    reason: str

    def __str__(self) -> str:
        """Return ``field: reason``."""
        return f"{self.field}: {self.reason}" if self.field else self.reason


class ParameterError(ExplainedError, ValueError):
    """Margin parameters that cannot be used; ``faults`` names each field with its reason."""

    def __init__(self, file: str, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(f"{file}: {fault}" for fault in faults))


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the file."""


class Calibration(Section, frozen=True, kw_only=True):
    """How a history becomes ranges.

    decay: of the daily variance, lambda. stressed_weight: of the most volatile stressed_days of the
    history. futures_over_index: volatility of a front future over that of its index.
    """

    measure: Measure
    confidence: Annotated[float, Meta(ge=0.5, lt=1)]
    horizon_days: Annotated[float, Meta(gt=0, le=60)]
    horizon_rule: HorizonRule
    decay: Annotated[float, Meta(gt=0, lt=1)]
    look_back_days: Annotated[int, Meta(ge=20, le=36_500)]
    stressed_days: Annotated[int, Meta(ge=20, le=36_500)]
    stressed_weight: Share
    futures_over_index: Annotated[float, Meta(ge=0.1, le=10)]


class Extreme(Section, frozen=True, kw_only=True):
    """A move of ``multiple`` scan ranges, of which margin covers the share ``cover``."""

    multiple: Annotated[float, Meta(ge=1, le=10)]
    cover: Share


class Front(Section, frozen=True, kw_only=True):
    """How the front scenarios fade along the curve: exp(-days / decay_days)."""

    decay_days: Days


class Tilt(Section, frozen=True, kw_only=True):
    """Front against back: (1 - 2 exp(-days / turn_days)) * move."""

    move: Move
    turn_days: Days


class Generation(Section, frozen=True, kw_only=True):
    """Older against newer chips: weight * move, weights by underlying."""

    move: Move
    default_weight: Weight
    weights: dict[str, Weight]

    def weight(self, underlying: str) -> float:
        """Return an underlying's weight, that of the oldest below 0."""
        return self.weights.get(underlying, self.default_weight)


class Basis(Section, frozen=True, kw_only=True):
    """Contracts on a broad index against those on a transaction index, half of move each.

    transaction: names of families or indices.
    """

    move: Move
    transaction: tuple[str, ...]

    def side(self, family: str, index: str) -> int:
        """Return 1 for the broad side and -1 for the transaction side."""
        return -1 if family in self.transaction or index in self.transaction else 1


class Launch(Section, frozen=True, kw_only=True):
    """A new generation's launch: listed ones fall by weight * cover * (1 - exp(log_jump))."""

    log_jump: Annotated[float, Meta(ge=-3, le=0)]
    cover: Share
    default_weight: Share
    weights: dict[str, Share]

    def weight(self, underlying: str) -> float:
        """Return how much of the jump an underlying takes."""
        return self.weights.get(underlying, self.default_weight)


class Squeeze(Section, frozen=True, kw_only=True):
    """A shortage: prices rise by cover * move * exp(-days / decay_days)."""

    move: Rise
    cover: Share
    decay_days: Days


class Concentration(Section, frozen=True, kw_only=True):
    """An add-on of ``rate`` of the value of the lots beyond position_share of the position limit."""

    position_share: Annotated[float, Meta(gt=0, le=1)]
    rate: Share


class ScanCurve(Section, frozen=True, kw_only=True):
    """Scan ranges by tenor: at ``days`` the moves ``ranges``, straight in between, flat beyond."""

    days: tuple[Annotated[float, Meta(ge=0, le=36_500)], ...]
    ranges: tuple[Annotated[float, Meta(gt=0, le=1)], ...]

    def at(self, tenor_days: float) -> float:
        """Return the scan range at a tenor, a fraction of the price."""
        for (before, low), (after, high) in pairwise(zip(self.days, self.ranges, strict=True)):
            if tenor_days <= after:
                part = max(0.0, tenor_days - before) / (after - before)
                return low + part * (high - low)
        return self.ranges[-1]


class MarginParameters(Section, frozen=True, kw_only=True):
    """Everything from which the scenarios follow.

    maintenance: share of initial margin. scan: by underlying or family.
    """

    maintenance: Annotated[float, Meta(gt=0, le=1)]
    calibration: Calibration
    extreme: Extreme
    front: Front
    tilt: Tilt
    generation: Generation
    basis: Basis
    launch: Launch
    squeeze: Squeeze
    concentration: Concentration
    scan: dict[str, ScanCurve]

    def scan_curve(self, family: str, underlying: str) -> ScanCurve | None:
        """Return the scan ranges of a family, else of its underlying; None where neither is named."""
        return self.scan.get(family) or self.scan.get(underlying)


def shipped_text() -> str:
    """Return the TOML text of the parameters that come with the exchange."""
    return resources.files("exchange.margin").joinpath(SHIPPED).read_text(encoding="utf-8")


def shipped() -> MarginParameters:
    """Return the parameters that come with the exchange."""
    return parse(shipped_text(), SHIPPED)


def read_text(path: Path | str) -> str:
    """Return the text of a parameter file; raises ParameterError where it cannot be read."""
    place = Path(path)
    try:
        raw = place.read_bytes()
        if len(raw) > MAX_FILE_BYTES:
            reason = f"has {len(raw)} bytes, more than {MAX_FILE_BYTES}"
            raise ParameterError(str(place), (Fault("", reason),))
        return raw.decode("utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise ParameterError(str(place), (Fault("", reason),)) from error
    except UnicodeDecodeError as error:
        raise ParameterError(str(place), (Fault("", "is not UTF-8 text"),)) from error


def load(path: Path | str) -> MarginParameters:
    """Read a parameter file; raises ParameterError naming the fields at fault."""
    return parse(read_text(path), str(path))


def parse(text: str, file: str) -> MarginParameters:
    """Read parameters from TOML text; ``file`` names it in errors, which are as load's."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ParameterError(file, (Fault("", f"is not TOML: {error}"),)) from error
    faults = tuple(_not_finite(table, ""))
    if faults:
        raise ParameterError(file, faults)
    try:
        parameters = msgspec.convert(table, MarginParameters)
    except msgspec.ValidationError as error:
        raise ParameterError(file, (_fault_of(error, table),)) from error
    if faults := tuple(_contradictions(parameters)):
        raise ParameterError(file, faults)
    return parameters


def _fault_of(error: msgspec.ValidationError, table: Mapping[str, Any]) -> Fault:
    reason, _, place = str(error).partition(" - at `$")
    field = place.rstrip("`").lstrip(".")
    before, unnamed, after = field.partition("[...]")
    if unnamed:
        # The error does not say which name of a table it found: the one that fails without the others.
        path = before.split(".")
        named = next(name for name in _at(table, path) if not _fits(_only(table, path, name)))
        field = f"{before}.{named}{after}"
    return Fault(field, reason[:1].lower() + reason[1:])


def _at(table: Mapping[str, Any], path: list[str]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = reduce(lambda inner, name: inner[name], path, table)
    return found


def _only(table: Mapping[str, Any], path: list[str], name: str) -> dict[str, Any]:
    """Return a copy in which the table at ``path`` holds one name alone."""
    if not path:
        return {name: table[name]}
    return {**table, path[0]: _only(table[path[0]], path[1:], name)}


def _fits(table: Mapping[str, Any]) -> bool:
    try:
        msgspec.convert(table, MarginParameters)
    except msgspec.ValidationError:
        return False
    return True


def _not_finite(value: object, field: str) -> Iterator[Fault]:
    """Give the numbers that no bound would stop, because nothing compares with them."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _not_finite(each, f"{field}.{name}" if field else str(name))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _not_finite(each, f"{field}[{place}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield Fault(field, f"{value} is not a finite number")


def _contradictions(parameters: MarginParameters) -> Iterator[Fault]:
    extreme = parameters.extreme.multiple * parameters.extreme.cover
    for name, curve in parameters.scan.items():
        field = f"scan.{name}"
        if not curve.days or len(curve.days) != len(curve.ranges):
            counts = f"{len(curve.days)} and {len(curve.ranges)} values"
            yield Fault(f"{field}.ranges", f"days and ranges hold {counts}; give one range a day")
        elif any(after <= before for before, after in pairwise(curve.days)):
            yield Fault(f"{field}.days", "do not rise from one to the next")
        elif extreme * max(curve.ranges) > 1:
            reason = f"extreme.multiple * extreme.cover * {max(curve.ranges)} is a fall below 0"
            yield Fault(f"{field}.ranges", reason)
