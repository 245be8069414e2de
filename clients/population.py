"""A crowd of traders drawn from a seed, and the running of it in one process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from clients.credentials import Credentials
from clients.live import LiveTrader
from clients.participants import make_trader
from clients.sdk import Exchange
from clients.trader import generator

MIX: tuple[tuple[str, float], ...] = (
    ("market-maker", 0.25),
    ("noise", 0.35),
    ("momentum", 0.15),
    ("ai-lab", 0.125),
    ("neocloud", 0.125),
)
"""Part of each kind in a crowd; each kind has one member at least where the size allows."""


class Member(msgspec.Struct, frozen=True):
    """One trader of a crowd; the name is also that of its account."""

    name: str
    kind: str
    params: dict[str, Any]


def population(seed: int, size: int) -> list[Member]:
    """Return a crowd: the same for the same seed and size. Raises ValueError unless size >= 1.

    A member's parameters depend on the seed and its own name alone, so a larger crowd contains the
    parameters of a smaller one.
    """
    if size < 1:
        raise ValueError(f"size: {size} is not at least 1")
    members = []
    for kind, count in _counts(size).items():
        for number in range(1, count + 1):
            name = f"{kind}-{number}"
            members.append(Member(name, kind, _params(kind, name, seed)))
    return members


def _counts(size: int) -> dict[str, int]:
    """Split a size by the mix: one of each kind first, then whoever lags most behind its part."""
    counts = dict.fromkeys((kind for kind, _ in MIX), 0)
    for placed in range(1, size + 1):
        absent = [kind for kind in counts if not counts[kind]]
        lag = {kind: part * placed - counts[kind] for kind, part in MIX}
        counts[absent[0] if absent else max(lag, key=lag.__getitem__)] += 1
    return counts


def _params(kind: str, name: str, seed: int) -> dict[str, Any]:
    rng = generator(seed, f"population/{name}")

    def between(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 3)

    match kind:
        case "market-maker":
            return {
                "interval_s": between(0.6, 1.4),
                "gamma": between(0.05, 0.2),
                "k": between(0.7, 1.5),
                "quote_lots": int(rng.integers(5, 20)),
                "slope_a_year": between(-0.22, -0.16),
            }
        case "noise":
            return {"interval_s": between(0.1, 0.4), "mean_ticks": between(1.5, 4.0)}
        case "momentum":
            return {"interval_s": between(0.5, 1.5), "lookback_s": between(6.0, 20.0)}
        case "ai-lab":
            return {
                "gpu_hours": round(between(20_000.0, 80_000.0)),
                "hedge_ratio": between(0.5, 1.0),
                "build_s": between(60.0, 300.0),
                "months": int(rng.integers(2, 5)),
            }
        case "neocloud":
            return {
                "fleet_gpus": round(between(40.0, 120.0)),
                "utilisation": between(0.6, 0.9),
                "build_s": between(60.0, 300.0),
            }
        case _:
            raise ValueError(f"{kind}: no such kind in the mix")


class Crowd:
    """Live traders, one connection each, side by side in one event loop."""

    def __init__(
        self,
        members: Sequence[Member],
        keys: Mapping[str, Credentials],
        url: str,
        *,
        marketdata_url: str | None = None,
        seed: int = 0,
    ) -> None:
        """Take keys by member's name. Raises ValueError where a member has none."""
        keyless = [member.name for member in members if member.name not in keys]
        if keyless:
            raise ValueError(f"no key for {', '.join(keyless)}")
        self.traders = [
            LiveTrader(
                Exchange(url, keys[member.name], marketdata_url, cancel_on_disconnect=True),
                make_trader(member.kind, member.name, seed, member.params),
            )
            for member in members
        ]

    async def run(self, stop: asyncio.Event, duration_s: float | None = None) -> None:
        """Trade until ``stop`` is set or the time is over; then every order is cancelled.

        Raises an ExceptionGroup of what ended single traders, after the others were stopped.
        """
        async with asyncio.TaskGroup() as group:
            for runner in self.traders:
                group.create_task(self._one(runner, stop, duration_s), name=runner.trader.name)

    async def _one(self, runner: LiveTrader, stop: asyncio.Event, duration_s: float | None) -> None:
        async with runner.exchange:
            await runner.run(stop, duration_s)
