"""A specification of scenarios is sound within its bounds, and only there."""

from __future__ import annotations

import msgspec
import pytest

from exchange.core.layout import SCENARIOS
from exchange.core.scenario_spec import (
    MAX_CONCENTRATION_LOTS,
    MAX_SHOCK_PPM,
    PPM,
    ScenarioSpec,
)

SOUND = ScenarioSpec(shocks_ppm=[MAX_SHOCK_PPM] * SCENARIOS, maintenance_ppm=PPM)


def test_bounds_belong_to_what_is_sound() -> None:
    assert SOUND.is_sound
    assert msgspec.structs.replace(SOUND, concentration_lots=MAX_CONCENTRATION_LOTS).is_sound


@pytest.mark.parametrize(
    "change",
    [
        {"shocks_ppm": [0] * (SCENARIOS - 1)},
        {"shocks_ppm": [-MAX_SHOCK_PPM - 1] * SCENARIOS},
        {"maintenance_ppm": 0},
        {"maintenance_ppm": PPM + 1},
        {"concentration_lots": MAX_CONCENTRATION_LOTS + 1},
        {"concentration_ppm": -1},
    ],
)
def test_beyond_them_it_is_not(change: dict[str, object]) -> None:
    assert not msgspec.structs.replace(SOUND, **change).is_sound
