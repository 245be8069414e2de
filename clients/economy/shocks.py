"""What can befall the rental economy from outside, as a struct each and as a file of them.

A file is TOML with one ``[[shock]]`` an event: ``kind``, ``day`` (0 is the economy's first day) and
the fields of the struct.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec

from exchange.explained import ExplainedError

Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]
Gpus = Annotated[int, msgspec.Meta(ge=1)]


class ShockError(ExplainedError, ValueError):
    """A shock that cannot happen in this economy: which field, why, and what would do."""


class _Shock(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    pass


class Launch(_Shock, tag="launch", frozen=True, kw_only=True):
    """A generation is launched and steps the incumbents down.

    underlying: which of the parameters' generations comes for rent; "" is one that is not rented
    here. log_step: of the incumbents' worth.
    """

    underlying: str = ""
    log_step: float = -0.22


class DemandShock(_Shock, tag="demand-shock", frozen=True, kw_only=True):
    """The volume needed changes by a factor exp(log_change), fading with a half-life; 0 is for good."""

    log_change: float
    underlying: str = ""
    halflife_days: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class OrderCancelled(_Shock, tag="order-cancelled", frozen=True, kw_only=True):
    """Customers end their largest reserved rentals, GPUs in all, and no longer need them."""

    underlying: str
    gpus: Gpus


class PowerShortage(_Shock, tag="power-shortage", frozen=True, kw_only=True):
    """Part of a region's capacity is without power for some days."""

    region: str
    share: Share
    days: Days


class ListCut(_Shock, tag="list-cut", frozen=True, kw_only=True):
    """Providers cut their lists, and quotes above these, at once.

    cloud: the type of provider; provider: one alone, of whatever type. The default share is the cut
    that a hyperscaler made in June 2025.
    """

    share: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.44
    cloud: str = "hyperscaler"
    provider: str = ""
    underlying: str = ""


class SupplyDelay(_Shock, tag="supply-delay", frozen=True, kw_only=True):
    """Every delivery under way comes later."""

    days: Days
    underlying: str = ""


class CapacityAdded(_Shock, tag="capacity-added", frozen=True, kw_only=True):
    """Providers receive GPUs in proportion to what they have: at once, or spread about some days."""

    underlying: str
    gpus: Gpus
    days: Annotated[int, msgspec.Meta(ge=0, le=3_650)] = 0


Shock: TypeAlias = (
    Launch | DemandShock | OrderCancelled | PowerShortage | ListCut | SupplyDelay | CapacityAdded
)


class Happening(msgspec.Struct, frozen=True):
    """A shock and the day on which it strikes: days since 1970 in the economy, since 0 in a file."""

    day: int
    shock: Shock


def parse(text: str, name: str = "shocks") -> tuple[Happening, ...]:
    """Return the shocks of a TOML text in order of their days. Raises ShockError."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ShockError(f"{name}: not TOML: {error}") from None
    entries = tables.get("shock", [])
    if set(tables) - {"shock"} or not isinstance(entries, list):
        raise ShockError(f"{name}: holds more than [[shock]] tables; remove the rest")
    happenings = []
    for number, entry in enumerate(entries, 1):
        day = entry.pop("day", None)
        if type(day) is not int or day < 0:
            raise ShockError(
                f"{name}: shock {number}: day: give a whole number, 0 is the first day"
            )
        try:
            happenings.append(Happening(day, msgspec.convert(entry, Shock)))
        except msgspec.ValidationError as error:
            raise ShockError(f"{name}: shock {number}: {error}") from None
    return tuple(sorted(happenings, key=lambda each: each.day))


def read(path: Path) -> tuple[Happening, ...]:
    """Read a file of shocks. Raises ShockError and OSError."""
    return parse(path.read_text(encoding="utf-8"), str(path))
