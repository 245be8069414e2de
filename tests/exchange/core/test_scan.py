"""The scan in vectors gives what a loop over the scenarios gives."""

from __future__ import annotations

import numpy as np
import pytest

from exchange.core import layout as at
from exchange.core.commands import Rows
from exchange.core.scan import scan, scan_loops
from matching.compiled import called

FALLS = [-5] * at.SCENARIOS
RISES = [5] * at.SCENARIOS


@called
def scanned(
    losses: Rows,
    account: int,
    moves: Rows,
    instrument: int,
    first: int,
    longest: int,
    shortest: int,
    stores: int,
) -> int:
    """Let Python call the scan."""
    return scan(losses, account, moves, instrument, first, longest, shortest, stores)


@pytest.mark.parametrize("seed", range(40))
def test_vectors_and_loops_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    losses = rng.integers(-(1 << 50), 1 << 50, (3, at.LOSS_COLUMNS))
    losses -= (1 << 50) * int(seed % 3 == 0)
    moves = rng.integers(-(1 << 30), 1 << 30, (2, at.MOVE_COLUMNS))
    moves[:, rng.integers(0, at.MOVE_COLUMNS, 5)] = 0
    by_loops = losses.copy()
    longest, shortest = rng.integers(-(1 << 20), 1 << 20, 2).tolist()
    for first in (0, at.SCENARIOS):
        for stores in (0, 1):
            asked = 1, moves, 1, first, longest, shortest, stores
            assert scanned(losses, *asked) == scan_loops(by_loops, *asked)
            assert (losses == by_loops).all()


@pytest.mark.parametrize(
    ("moves", "longest", "shortest", "worst"),
    [(FALLS, 3, -2, 15), (RISES, 3, -2, 10), (FALLS, -3, 2, 0), (RISES, 0, 0, 0)],
)
def test_the_longest_end_loses_when_prices_fall_and_the_shortest_when_they_rise(
    moves: list[int], longest: int, shortest: int, worst: int
) -> None:
    losses = np.zeros((1, at.LOSS_COLUMNS), np.int64)
    given = np.array([moves * 2], np.int64)
    assert scanned(losses, 0, given, 0, 0, longest, shortest, 0) == worst
    assert not losses.any()


def test_only_the_scenarios_that_are_meant_are_changed() -> None:
    losses = np.zeros((3, at.LOSS_COLUMNS), np.int64)
    moves = np.full((1, at.MOVE_COLUMNS), -1, np.int64)
    assert scanned(losses, 1, moves, 0, at.SCENARIOS, 7, 7, 1) == 7
    assert losses[1].tolist() == [0] * at.SCENARIOS + [7] * at.SCENARIOS
    assert not losses[[0, 2]].any()


def test_the_last_scenario_counts() -> None:
    losses = np.zeros((1, at.LOSS_COLUMNS), np.int64)
    losses[0, at.SCENARIOS - 1] = 9
    losses[0, at.SCENARIOS] = 99
    assert scanned(losses, 0, losses, 0, 0, 0, 0, 0) == 9
