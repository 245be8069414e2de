"""What a participant does in the rental economy itself, beside its futures.

A trader is pure: it notes its acts, and whoever runs the economy takes them at the end of a day and
carries them out there.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias, runtime_checkable

import msgspec


class FleetChange(msgspec.Struct, frozen=True, kw_only=True):
    """GPUs that a participant buys (positive) or sells; they work from ``day`` on."""

    day: int
    participant: str
    underlying: str
    gpus: int


class ListCut(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's list price steps by ``change``, as a part of it (-0.4 is 40 % down), on ``day``."""

    day: int
    participant: str
    underlying: str
    change: float


Act: TypeAlias = FleetChange | ListCut


@runtime_checkable
class Actor(Protocol):
    """Whoever acts in the economy."""

    def take_acts(self) -> list[Act]:
        """Return the acts noted since the last call, and forget them."""
        ...
