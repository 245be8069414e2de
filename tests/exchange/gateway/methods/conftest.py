"""The desk on which methods are called."""

from __future__ import annotations

import pytest

from tests.exchange.gateway.methods.desk import Desk


@pytest.fixture
def desk() -> Desk:
    """Three funded accounts, GPU1 for two months and a perpetual, all open."""
    return Desk()
