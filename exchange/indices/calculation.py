"""What a calculation of an index on one day came to, step by step."""

from __future__ import annotations

from typing import Any

import msgspec


class Calculation(msgspec.Struct, frozen=True, kw_only=True):
    """One day of one index.

    price_micros: None where the print is withheld, for the reason that is then given. steps: the name
    of each step, in order, and what it came to (numbers, or numbers by name); auditing compares them.
    """

    day: int
    price_micros: int | None
    withheld_reason: str = ""
    methodology: int = 1
    steps: dict[str, Any] = {}

    @property
    def providers(self) -> dict[str, float]:
        """Mean price of each provider that counts, in $."""
        return dict(self.steps.get("provider_means", {}))

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each provider that counts; together 1."""
        return dict(self.steps.get("weights", {}))
