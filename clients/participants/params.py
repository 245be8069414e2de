"""Parameters of the participants: typed, bounded, read from ``key=value`` words or TOML tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

import msgspec

Positive = Annotated[float, msgspec.Meta(gt=0)]
NonNegative = Annotated[float, msgspec.Meta(ge=0)]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Lots = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Days = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of each kind's parameters.

    instruments: names to trade, by commas; empty for all that suit the kind.
    interval_s: seconds between decisions.
    """

    instruments: str = ""
    interval_s: Positive = 1.0

    @property
    def names(self) -> list[str]:
        """The instruments that were asked for."""
        return [name.strip() for name in self.instruments.split(",") if name.strip()]


P = TypeVar("P", bound=Params)


def params_of(kind: type[P], fields: Mapping[str, Any]) -> P:
    """Return typed parameters from words or a TOML table.

    Raises ValueError, which names the field, says why, and lists what there is.
    """
    known = ", ".join(kind.__struct_fields__)
    for name in fields:
        if name not in kind.__struct_fields__:
            raise ValueError(f"{name}: no such parameter; there are {known}")
    try:
        params = msgspec.convert(dict(fields), kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{error}; parameters are {known}") from None
    for name in fields:
        number = getattr(params, name)
        if isinstance(number, float) and not math.isfinite(number):
            raise ValueError(f"{name}: {number} is not finite")
    return params


def words(pairs: Iterable[str]) -> dict[str, str]:
    """Split ``key=value`` words. Raises ValueError on a word without an equals sign."""
    fields = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise ValueError(f"{pair!r} is not of the form key=value")
        fields[key.strip()] = value.strip()
    return fields
