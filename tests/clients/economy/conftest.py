"""A small economy, quick to live through."""

from __future__ import annotations

import msgspec
import pytest

from clients.economy.parameters import Parameters, load


@pytest.fixture(scope="session")
def small() -> Parameters:
    """The shipped economy with 40 providers and 300 customers, and a short past."""
    return msgspec.structs.replace(load().sized(40, 300), warm_up_days=30)


@pytest.fixture(scope="session")
def calm(small: Parameters) -> Parameters:
    """The small economy without chance shocks, drift or growth: only what a test does to it."""
    return small.without_chance()
