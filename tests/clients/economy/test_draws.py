"""Random numbers by name and day: the published generator, independence, and who disturbs whom."""

from __future__ import annotations

import numpy as np

from clients.economy.draws import GOLDEN, Draws, choose, mix, normal, pairs, uniform


def test_mix_is_splitmix64() -> None:
    """The first outputs for seed 1234567, as the generator's reference implementation gives them."""
    with np.errstate(over="ignore"):
        states = np.uint64(1234567) + GOLDEN * np.arange(1, 6, dtype=np.uint64)
    assert mix(states).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_an_agents_numbers_do_not_depend_on_the_others() -> None:
    draws = Draws(7)
    alone = draws.keys(["b"])
    among = draws.keys(["a", "b", "c"])
    assert alone[0] == among[1]
    assert uniform(alone, 3, 1)[0] == uniform(among, 3, 1)[1]
    assert normal(alone, 3, 1)[0] == normal(among, 3, 1)[1]
    assert pairs(alone, among)[0, 2] == pairs(among, among)[1, 2]


def test_seed_name_day_and_purpose_each_give_other_numbers() -> None:
    def first(seed: int, name: str, day: int, purpose: int) -> float:
        return float(uniform(Draws(seed).keys([name]), day, purpose)[0])

    numbers = {
        first(seed, name, day, purpose)
        for seed in (0, 1)
        for name in ("a", "b")
        for day in (0, 1)
        for purpose in (1, 2)
    }
    assert len(numbers) == 16
    assert first(0, "a", 0, 1) == first(0, "a", 0, 1)


def test_moments_are_those_of_the_distributions() -> None:
    """Within five standard errors of 20,000 numbers."""
    keys = Draws(1).keys([f"agent {number}" for number in range(20_000)])
    flat, bell = uniform(keys, 5, 9), normal(keys, 5, 9)
    assert flat.min() > 0
    assert flat.max() < 1
    assert abs(flat.mean() - 0.5) < 5 * np.sqrt(1 / 12 / 20_000)
    assert abs(bell.mean()) < 5 / np.sqrt(20_000)
    assert abs(bell.std() - 1) < 5 / np.sqrt(40_000)
    assert abs(np.corrcoef(flat, uniform(keys, 6, 9))[0, 1]) < 5 / np.sqrt(20_000)
    assert abs(np.corrcoef(flat, uniform(keys, 5, 10))[0, 1]) < 5 / np.sqrt(20_000)


def test_choices_follow_their_shares() -> None:
    keys = Draws(1).keys([f"agent {number}" for number in range(20_000)])
    parts = np.bincount(choose(keys, 2, [1.0, 0.0, 3.0]), minlength=3) / 20_000
    assert parts[1] == 0
    assert abs(parts[0] - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 20_000)
