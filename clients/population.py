"""A crowd of traders drawn from a seed, by the kinds that ``population.toml`` states."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import msgspec

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


@cache
def kinds() -> tuple[Kind, ...]:
    """Return the kinds of the shipped file, in its order."""
    text = resources.files("clients").joinpath("population.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["kind"], tuple[Kind, ...])


def population(seed: int, size: int) -> list[Member]:
    """Return a crowd: the same for the same seed and size. Raises ValueError unless size >= 1.

    A member's parameters depend on the seed and its own name alone, so a larger crowd contains the
    parameters of a smaller one.
    """
    if size < 1:
        raise ValueError(f"size: {size} is not at least 1")
    counts = _counts(size)
    return [
        _member(kind, f"{kind.name}-{number}", seed)
        for kind in kinds()
        for number in range(1, counts[kind.name] + 1)
    ]


def _counts(size: int) -> dict[str, int]:
    """Split a size by the mix: one of each kind first, then whoever lags most behind its part."""
    parts = {kind.name: kind.part for kind in kinds()}
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
