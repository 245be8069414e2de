"""The targets: the published figures of the market, and what measures them."""

from __future__ import annotations

import numpy as np

from clients.economy.measures import Series
from clients.economy.targets import TARGETS, Knob


def flat(broad: float, transaction: float, lists: float) -> Series:
    days = np.ones(200)
    return Series(
        days * broad,
        days * transaction,
        days * lists,
        np.full((200, 3), lists),
        days * 0.3,
        days * 2.8,
        days * 0.7,
        days * -0.2,
    )


def test_figures_of_a_flat_series() -> None:
    found = {(each.name, each.underlying): each.measure(flat(3.0, 2.0, 2.8)) for each in TARGETS}
    assert found["level, $/GPU-h", "H100"] == 3.0
    assert found["list by executed", "H100"] == 1.4
    assert found["gap, 95 % quantile", "H100"] == 0.5
    assert found["days on which no tracked list moves", "H100"] == 1.0
    assert found["volatility a year", "H100"] == 0.0


def test_a_knob_serves_one_target_and_every_target_names_its_source() -> None:
    knobs = [(each.knob, each.underlying) for each in TARGETS if each.knob is not Knob.NONE]
    assert len(knobs) == len(set(knobs))
    assert all(each.source.endswith("]") and each.tolerance > 0 for each in TARGETS)
