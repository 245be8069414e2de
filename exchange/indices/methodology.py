"""The methodology of an index, as its TOML file states it; a break is a new version from a day on."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from exchange.contracts.calendar import known_calendar
from exchange.explained import ExplainedError
from exchange.indices.fields import RENTALS
from marketdata.days import day_number

MAX_FILE_BYTES = 1 << 20

Days = Annotated[int, Meta(ge=1, le=3_660)]
Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class MethodologyError(ExplainedError, ValueError):
    """A methodology file that cannot be used; the text names file, field, reason and what to do."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the file."""


class PublicationRule(Section, frozen=True, kw_only=True):
    """When an index is printed, and how long a print may be revised."""

    time: Clock
    time_zone: str
    days: Literal["business_days", "all_days"]
    calendar: str
    revision_days: Annotated[int, Meta(ge=0, le=60)]
    revision_move: Share


class Eligible(Section, frozen=True, kw_only=True):
    """Which observations count; forms, countries and cloud_types: none named is all, "" names the unknown."""

    rentals: tuple[str, ...]
    forms: tuple[str, ...]
    countries: tuple[str, ...]
    listed: bool
    executed: bool
    cloud_types: tuple[str, ...] = ()


class LookBack(Section, frozen=True, kw_only=True):
    """How long a price stands."""

    days: Days


class DayOverDay(Section, frozen=True, kw_only=True):
    """Moves of one offer that wait for a second print."""

    max_move: Positive
    confirmation: Positive


class BandRule(Section, frozen=True, kw_only=True):
    """The dynamic price band."""

    days: Days
    deviations: Positive
    least_deviation: Positive
    least_means: Count


class Prior(Section, frozen=True, kw_only=True):
    """What is believed of a coefficient before prices are seen; sd 0 fixes it."""

    log: Annotated[float, Meta(ge=-5, le=5)]
    sd: Annotated[float, Meta(ge=0, le=10)]


class Benchmark(Section, frozen=True, kw_only=True):
    """The configuration that prices are brought to; a factor that is left out is not adjusted for."""

    cloud_type: str | None = None
    country: str | None = None
    form: str | None = None
    interconnect: str | None = None
    cpu: str | None = None
    rental: str | None = None
    deal: Literal["listed", "executed"] | None = None
    cluster_gpus: Count | None = None
    term_months: Annotated[int, Meta(ge=0, le=120)] | None = None


class Hedonic(Section, frozen=True, kw_only=True):
    """The regression that prices terms."""

    fit_days: Annotated[int, Meta(ge=1, le=400)]
    refit_days: Days
    default_sd: Positive
    benchmark: Benchmark
    priors: dict[str, Prior] = {}

    def prior(self, name: str) -> Prior:
        """Return the prior of a coefficient."""
        return self.priors.get(name) or Prior(log=0.0, sd=self.default_sd)


class Window(Section, frozen=True, kw_only=True):
    """Lengths of the window before the close; the first that has enough deals is used, else the last."""

    minutes: Annotated[tuple[Annotated[int, Meta(ge=1, le=1440)], ...], Meta(min_length=1)]
    enough_deals: Count


class Winsor(Section, frozen=True, kw_only=True):
    """Share of the volume whose prices are drawn in, at either end."""

    share: Annotated[float, Meta(ge=0, lt=0.5)]


class Weights(Section, frozen=True, kw_only=True):
    """How much each provider counts; table: weights by provider, default of those not named."""

    by: Literal["equal", "gpu_hours", "table"]
    cap: Annotated[float, Meta(gt=0, le=1)]
    table: dict[str, Annotated[float, Meta(ge=0)]] = {}
    default: Annotated[float, Meta(ge=0)] = 1.0


class Withhold(Section, frozen=True, kw_only=True):
    """Prints that are not made."""

    min_providers: Count
    max_dispersion: Positive
    min_deals: Count = 1
    min_gpu_hours: Annotated[float, Meta(ge=0)] = 0.0


class Break(Section, frozen=True, kw_only=True):
    """A change of methodology: from a day on other values stand, such as ``"look_back.days" = 3``."""

    effective: date
    reason: Annotated[str, Meta(min_length=1)]
    values: dict[str, Any]


class Terms(Section, frozen=True, kw_only=True, tag_field="method"):
    """All values of one version of a methodology that any method has."""

    index: Name
    title: str
    underlying: str
    publication: PublicationRule
    eligible: Eligible
    weights: Weights
    withhold: Withhold


class BroadTerms(Terms, frozen=True, kw_only=True, tag="broad"):
    """Those of a broad index."""

    look_back: LookBack
    day_over_day: DayOverDay
    band: BandRule
    hedonic: Hedonic


class TransactionTerms(Terms, frozen=True, kw_only=True, tag="transaction"):
    """Those of a transaction index."""

    window: Window
    winsor: Winsor


class Version(NamedTuple):
    """One version: its number from 1, the first day (since 1970) that it holds for, why, its terms."""

    number: int
    first_day: int
    reason: str
    terms: BroadTerms | TransactionTerms


class Methodology(NamedTuple):
    """An index by its versions, oldest first, and the text of its file."""

    name: str
    text: str
    versions: tuple[Version, ...]

    def at(self, day: int) -> Version:
        """Return the version that holds on a day."""
        return [each for each in self.versions if each.first_day <= day or each.number == 1][-1]


def parse(text: str, file: str) -> Methodology:
    """Read a methodology; raises MethodologyError."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MethodologyError(f"{file}: not TOML: {error}; correct the text") from error
    breaks = tables.pop("break", [])
    versions = [_version(1, -1, "the first", tables, file)]
    try:
        changes = msgspec.convert(breaks, list[Break])
    except msgspec.ValidationError as error:
        raise MethodologyError(f"{file}: break: {error}; correct the value") from error
    for number, change in enumerate(changes, start=2):
        first_day = day_number(change.effective)
        if first_day <= versions[-1].first_day:
            reason = f"{change.effective} is not after the break before it; order them by day"
            raise MethodologyError(f"{file}: break: {reason}")
        tables = _changed(tables, change.values, file)
        versions.append(_version(number, first_day, change.reason, tables, file))
        for fixed in ("index", "underlying", "method"):
            if fixed in change.values:
                reason = f"{fixed} cannot change; make another index of it"
                raise MethodologyError(f"{file}: break: {reason}")
    return Methodology(versions[0].terms.index, text, tuple(versions))


def _version(
    number: int, first_day: int, reason: str, tables: Mapping[str, Any], file: str
) -> Version:
    try:
        terms = msgspec.convert(tables, BroadTerms | TransactionTerms)
    except msgspec.ValidationError as error:
        raise MethodologyError(f"{file}: {error}; correct the value") from error
    faults = list(_faults(terms))
    if faults:
        raise MethodologyError("\n".join(f"{file}: {fault}" for fault in faults))
    return Version(number, first_day, reason, terms)


def _faults(terms: Terms) -> list[str]:
    faults: list[str] = []
    unknown = sorted(set(terms.eligible.rentals) - {*RENTALS, ""})
    if unknown:
        known = ", ".join(RENTALS)
        faults.append(f"eligible.rentals: {unknown[0]!r} is not one of {known}; use these")
    if not known_calendar(terms.publication.calendar):
        code = terms.publication.calendar
        faults.append(f"publication.calendar: {code!r} is not known; use a code such as XNYS")
    if not _known_zone(terms.publication.time_zone):
        zone = terms.publication.time_zone
        faults.append(f"publication.time_zone: {zone!r} is not known; use America/New_York, say")
    if not isinstance(terms, TransactionTerms):
        return faults
    if list(terms.window.minutes) != sorted(set(terms.window.minutes)):
        faults.append("window.minutes: do not grow; order them from short to long")
    if terms.eligible.listed:
        faults.append("eligible.listed: a transaction index has executed rentals alone; say false")
    return faults


def _known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _changed(tables: Mapping[str, Any], values: Mapping[str, Any], file: str) -> dict[str, Any]:
    changed: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(tables))
    for field, value in values.items():
        *path, last = field.split(".", 2)
        table = changed
        for part in path:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise MethodologyError(f"{file}: break: {field} is no field; name table.value")
        table[last] = value
    return changed


def load(path: Path | str) -> Methodology:
    """Read a user's methodology file; raises MethodologyError."""
    place = Path(path)
    try:
        if place.stat().st_size > MAX_FILE_BYTES:
            raise MethodologyError(f"{place}: is too long; a methodology is a short TOML file")
        text = place.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise MethodologyError(f"{place}: not UTF-8 text; save the file as UTF-8") from error
    except OSError as error:
        raise MethodologyError(f"{place}: {error.strerror}; name a readable TOML file") from error
    return parse(text, str(place))


def shipped() -> list[Methodology]:
    """Return the methodologies that come with the exchange, by name."""
    folder = resources.files("exchange.indices.specs")
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=str)
    return [parse(each.read_text(encoding="utf-8"), each.name) for each in files]
