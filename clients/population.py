"""A crowd of traders drawn from a seed, by the kinds that a population file states."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from clients.participants.params import Params, params_of
from clients.participants.registry import REGISTRY
from clients.trader import generator


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of a list."""

    of: tuple[str | int | float, ...]


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of a crowd: its part, what its accounts hold, and from where its parameters are drawn."""

    name: str
    part: float
    account_usd: int | tuple[int, int]
    params: dict[str, Any] = {}


class Member(msgspec.Struct, frozen=True):
    """One trader of a crowd; the name is also that of its account."""

    name: str
    kind: str
    params: dict[str, Any]
    account_usd: int = 10_000_000


def kinds(path: Path | None = None) -> tuple[Kind, ...]:
    """Return the kinds of a population file in its order, of the shipped one for None.

    Raises ValueError, which names every fault of the file, and OSError where it cannot be read.
    """
    if path is None:
        return _shipped()
    return _read(str(path), path.read_text(encoding="utf-8"))


@cache
def _shipped() -> tuple[Kind, ...]:
    file = resources.files("clients").joinpath("population.toml")
    return _read("population.toml", file.read_text(encoding="utf-8"))


def _read(name: str, text: str) -> tuple[Kind, ...]:
    try:
        stated = msgspec.convert(tomllib.loads(text).get("kind", []), tuple[Kind, ...])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{name}: {error}") from None
    faults = [f"{name}: {fault}" for fault in _faults(stated)]
    if faults:
        raise ValueError("\n".join(faults))
    return stated


def _faults(stated: Sequence[Kind]) -> Iterator[str]:
    """Give what is wrong with the kinds: field, reason, what there is."""
    if not stated:
        yield "kind: there is none; write one [[kind]] at least"
    for number, kind in enumerate(stated):
        where = f"kind {number + 1} ({kind.name})"
        known = REGISTRY.get(kind.name)
        if known is None:
            yield f"{where}: no such kind of trader; there are {', '.join(REGISTRY)}"
            continue
        if kind.name in {each.name for each in stated[:number]}:
            yield f"{where}: is stated twice; join both"
        if not 0 < kind.part < math.inf:
            yield f"{where}, part: {kind.part} is not above 0; leave the kind out instead"
        lows = kind.account_usd if isinstance(kind.account_usd, tuple) else (kind.account_usd,)
        if min(lows) < 1 or list(lows) != sorted(lows):
            yield f"{where}, account_usd: {kind.account_usd} is no amount, or no range from low to high"
        yield from (f"{where}, {fault}" for fault in _param_faults(kind, known.params))


def _param_faults(kind: Kind, params: type[Params]) -> Iterator[str]:
    for field, value in kind.params.items():
        for ends in _ends(value):
            try:
                params_of(params, {field: ends})
            except ValueError as error:
                yield f"params.{field}: {error}"
                break


def _ends(value: Any) -> list[Any]:
    """Return the values that bound what is drawn: all of a choice, both ends of a range."""
    if isinstance(value, Mapping):
        try:
            return list(msgspec.convert(value, Choice).of)
        except msgspec.ValidationError:
            return [value]
    if isinstance(value, list) and len(value) == 2:
        return value
    return [value]


def population(seed: int, size: int, path: Path | None = None) -> list[Member]:
    """Return a crowd: the same for the same seed, size and file. Raises ValueError unless size >= 1.

    A member's parameters depend on the seed and its own name alone, so a larger crowd contains the
    parameters of a smaller one. path: a population file, the shipped one for None; raises as ``kinds``.
    """
    if size < 1:
        raise ValueError(f"size: {size} is not at least 1")
    stated = kinds(path)
    counts = _counts(size, stated)
    return [
        _member(kind, f"{kind.name}-{number}", seed)
        for kind in stated
        for number in range(1, counts[kind.name] + 1)
    ]


def _counts(size: int, stated: Sequence[Kind]) -> dict[str, int]:
    """Split a size by the mix: one of each kind first, then whoever lags most behind its part."""
    total = sum(kind.part for kind in stated)
    parts = {kind.name: kind.part / total for kind in stated}
    counts = dict.fromkeys(parts, 0)
    for placed in range(1, size + 1):
        absent = [kind for kind in counts if not counts[kind]]
        lag = {kind: part * placed - counts[kind] for kind, part in parts.items()}
        counts[absent[0] if absent else max(lag, key=lag.__getitem__)] += 1
    return counts


def _member(kind: Kind, name: str, seed: int) -> Member:
    params = drawn(kind.params, seed, name)
    account_usd = drawn({"account_usd": kind.account_usd}, seed, name)["account_usd"]
    return Member(name, kind.name, params, account_usd)


def drawn(params: Mapping[str, Any], seed: int, name: str) -> dict[str, Any]:
    """Return a member's parameters; each is drawn by itself, so that a new one changes no other."""
    found: dict[str, Any] = {}
    for field, stated in params.items():
        rng = generator(seed, f"population/{name}/{field}")
        if isinstance(stated, Mapping):
            choices = msgspec.convert(stated, Choice).of
            found[field] = choices[int(rng.integers(len(choices)))]
        elif isinstance(stated, (list, tuple)):
            low, high = stated
            if isinstance(low, int) and isinstance(high, int):
                found[field] = int(rng.integers(low, high + 1))
            else:
                found[field] = round(float(rng.uniform(low, high)), 3)
        else:
            found[field] = stated
    return found
