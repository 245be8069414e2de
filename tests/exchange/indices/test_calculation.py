"""What a calculation tells of its providers."""

from __future__ import annotations

from exchange.indices.calculation import Calculation


def test_providers_and_weights_are_steps() -> None:
    steps = {"provider_means": {"a": 2.5}, "weights": {"a": 1.0}}
    found = Calculation(day=1, price_micros=2_500_000, steps=steps)
    assert (found.providers, found.weights) == ({"a": 2.5}, {"a": 1.0})
    assert Calculation(day=1, price_micros=None, withheld_reason="none").providers == {}
