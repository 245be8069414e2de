"""The live venue of the socket tests."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.exchange.gateway.live import Runner, run


@pytest.fixture
def live_venue(tmp_path: Path) -> Runner:
    """Call it with a scenario, and with limits where the default ones do not do."""
    return partial(run, tmp_path)
