"""The moving forces against their closed forms."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from clients.economy.draws import Draws
from clients.economy.parameters import Parameters, load
from clients.economy.worth import Launch, Worth


def quiet(params: Parameters) -> Parameters:
    """No launches by chance."""
    return msgspec.structs.replace(
        params, launches=msgspec.structs.replace(params.launches, a_year=0.0)
    )


def ends(params: Parameters, seeds: int, days: int) -> list[Worth]:
    worlds = []
    for seed in range(seeds):
        worth = Worth(params, Draws(seed))
        for day in range(days):
            worth.live(day)
        worlds.append(worth)
    return worlds


def test_long_run_worth_has_its_mean_and_variance_after_a_year() -> None:
    """E[exp] falls by the depreciation alone; 73 days are a fifth of a year; five standard errors."""
    params = quiet(load())
    worlds = ends(params, 80, 73)
    for number, kind in enumerate(params.generations.values()):
        log = np.array([world.long_run[number] for world in worlds]) - np.log(kind.value_usd)
        spread = kind.volatility * np.sqrt(0.2)
        drift = (kind.depreciation + kind.volatility**2 / 2) * 0.2
        assert abs(log.mean() + drift) < 5 * spread / np.sqrt(80)
        assert log.std(ddof=1) == pytest.approx(spread, rel=5 / np.sqrt(160))


def test_what_fades_has_the_variance_of_an_ornstein_uhlenbeck_process() -> None:
    params = quiet(load())
    keep = 0.5 ** (1 / params.demand.short_halflife_days)
    worlds = ends(params, 80, 75)
    for number, kind in enumerate(params.generations.values()):
        expected = kind.short_volatility / np.sqrt(365 * (1 - keep**2))
        drawn = np.array([world.fading[number] for world in worlds])
        assert drawn.std(ddof=1) == pytest.approx(expected, rel=5 / np.sqrt(160))
        short = np.array([world.short_run[number] for world in worlds])
        assert short.std(ddof=1) == pytest.approx(
            params.demand.volume_deviation, rel=5 / np.sqrt(160)
        )


def test_generations_share_a_part_of_their_shocks() -> None:
    params = quiet(load())
    worlds = ends(params, 120, 20)
    first, second = (np.array([world.long_run[at] for world in worlds]) for at in (1, 3))
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(params.demand.common, abs=0.35)


def test_launches_come_at_their_rate_and_step_the_incumbents_down() -> None:
    base = load()
    params = msgspec.structs.replace(
        base, launches=msgspec.structs.replace(base.launches, a_year=6.0)
    )
    steps = []
    for seed in range(10):
        worth = Worth(params, Draws(seed))
        for day in range(365):
            steps += [launch.log_step for launch in worth.live(day)]
    assert len(steps) == pytest.approx(60, abs=5 * np.sqrt(60))
    error = params.launches.log_step_deviation / np.sqrt(len(steps))
    assert abs(np.mean(steps) - params.launches.log_step) < 5 * error


def test_a_generation_of_the_parameters_opens_on_its_day() -> None:
    base = quiet(load())
    late = msgspec.structs.replace(base.generations["B200"], launch_after_days=10)
    params = msgspec.structs.replace(base, generations=base.generations | {"B200": late})
    worth = Worth(params, Draws(1))
    assert worth.volume[3] == 0
    launches = [launch for day in range(10) for launch in worth.live(day)]
    assert [launch.generation for launch in launches] == [3]
    assert worth.launched.all()
    assert worth.volume[3] > 0


def test_a_launch_spares_the_new_generation() -> None:
    worth = Worth(load(), Draws(1))
    worth.launched[3] = False
    before = worth.long_run.copy()
    worth.launch(Launch(3, -0.22))
    assert (worth.long_run - before).tolist() == pytest.approx([-0.22, -0.22, -0.22, 0.0])


def test_a_shift_of_volume_stays_or_fades_with_its_half_life() -> None:
    base = quiet(load())
    still = msgspec.structs.replace(
        base,
        demand=msgspec.structs.replace(base.demand, volume_deviation=0.0),
        generations={
            name: msgspec.structs.replace(kind, demand_growth=0.0)
            for name, kind in base.generations.items()
        },
    )
    worth = Worth(still, Draws(1))
    worth.shift_volume(np.array([0.0, 0.3, 0.0, 0.0]), 0.0)
    worth.shift_volume(np.array([0.4, 0.0, 0.0, 0.0]), 10.0)
    for day in range(10):
        worth.live(day)
    assert np.log(worth.volume).tolist() == pytest.approx([0.2, 0.3, 0.0, 0.0])


def test_growth_to_come_is_the_integral_of_the_growth_rate() -> None:
    worth = Worth(quiet(load()), Draws(1))
    expected = worth.growth_until(2.0)
    total = np.zeros(4)
    for day in range(730):
        worth.live(day)
        total += worth.growth / 365
    assert expected == pytest.approx(total, rel=0.002)
