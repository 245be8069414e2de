"""The room in which operators' methods are called."""

from __future__ import annotations

import pytest

from tests.exchange.gateway.methods.operator.control_room import ControlRoom


@pytest.fixture
def room() -> ControlRoom:
    """Three funded accounts, GPU1 for two months and a perpetual, all open, and an operator."""
    return ControlRoom()
