"""What each shock does to a calm economy, against the same economy without it."""

from __future__ import annotations

import numpy as np
import pytest

from clients.economy.day import EconomyDay
from clients.economy.economy import Economy
from clients.economy.parameters import Parameters
from clients.economy.shocks import (
    CapacityAdded,
    DemandShock,
    Launch,
    ListCut,
    OrderCancelled,
    PowerShortage,
    Shock,
    ShockError,
    SupplyDelay,
)

SEEDS = (1, 2)
_LIVED: dict[tuple[int, Shock | None, int], list[EconomyDay]] = {}


def lived(params: Parameters, seed: int, shock: Shock | None, days: int) -> list[EconomyDay]:
    """Return the days of an economy with a shock, or without; what was lived once is remembered."""
    if (seed, shock, days) not in _LIVED:
        _LIVED[seed, shock, days] = _live(params, seed, shock, days)
    return _LIVED[seed, shock, days]


def _live(params: Parameters, seed: int, shock: Shock | None, days: int) -> list[EconomyDay]:
    economy = Economy(params, seed=seed)
    if shock is not None:
        economy.shock(shock)
    return [economy.step() for _ in range(days)]


def change(params: Parameters, shock: Shock, days: int, figure: str) -> float:
    """Return the mean over seeds of the log change that a shock makes to H100's mean figure."""
    logs = []
    for seed in SEEDS:
        means = [
            np.mean(
                [getattr(day.summaries["H100"], figure) for day in lived(params, seed, each, days)]
            )
            for each in (shock, None)
        ]
        logs.append(np.log(means[0] / means[1]))
    return float(np.mean(logs))


def test_more_capacity_means_lower_prices_and_emptier_fleets(calm: Parameters) -> None:
    shock = CapacityAdded(underlying="H100", gpus=60_000)
    assert change(calm, shock, 40, "executed_micros") < -0.03
    assert change(calm, shock, 40, "utilisation") < -0.01


def test_more_demand_means_fuller_fleets_and_higher_prices(calm: Parameters) -> None:
    shock = DemandShock(log_change=0.2, underlying="H100")
    assert change(calm, shock, 10, "utilisation") > 0.05
    assert change(calm, shock, 40, "executed_micros") > 0.05


def test_a_launch_steps_prices_down_by_about_its_step(calm: Parameters) -> None:
    fall = [
        np.log(
            lived(calm, seed, Launch(log_step=-0.22), 40)[-1].summaries["H100"].executed_micros
            / lived(calm, seed, None, 40)[-1].summaries["H100"].executed_micros
        )
        for seed in SEEDS
    ]
    assert np.mean(fall) == pytest.approx(-0.22, abs=0.04)


def test_a_cancelled_order_empties_fleets(calm: Parameters) -> None:
    shock = OrderCancelled(underlying="H100", gpus=30_000)
    assert change(calm, shock, 5, "utilisation") < -0.05
    assert change(calm, shock, 40, "executed_micros") < -0.02


def test_a_power_shortage_takes_a_part_of_a_region(calm: Parameters) -> None:
    shock = PowerShortage(region="us-east", share=0.5, days=3)
    days, plain = lived(calm, 1, shock, 4), lived(calm, 1, None, 4)
    at_home = days[0].lines.region == 0
    halved = days[0].lines.gpus[at_home] / np.maximum(plain[0].lines.gpus[at_home], 1)
    assert halved == pytest.approx(np.full(at_home.sum(), 0.5), abs=0.2)
    assert (days[0].lines.gpus[~at_home] == plain[0].lines.gpus[~at_home]).all()
    assert days[3].lines.gpus.sum() == pytest.approx(plain[3].lines.gpus.sum(), rel=0.01)
    assert change(calm, shock, 3, "utilisation") > 0.02


def test_a_list_cut_steps_the_lists_of_one_type(calm: Parameters) -> None:
    days, plain = lived(calm, 1, ListCut(), 1), lived(calm, 1, None, 1)
    ratio = days[0].lines.list_micros / plain[0].lines.list_micros
    large = days[0].lines.cloud == days[0].names.clouds.index("hyperscaler")
    assert np.median(ratio[large]) == pytest.approx(1 - 0.44, abs=0.02)
    assert np.median(ratio[~large]) == 1.0


def test_one_provider_can_cut_alone(calm: Parameters) -> None:
    days, plain = (
        lived(calm, 1, ListCut(provider="neocloud-001", share=0.3), 1),
        lived(calm, 1, None, 1),
    )
    ratio = days[0].lines.list_micros / plain[0].lines.list_micros
    its = days[0].lines.provider == days[0].names.providers.index("neocloud-001")
    assert ratio[its] == pytest.approx(0.7, abs=0.03)
    assert np.median(ratio[~its]) == 1.0


def test_a_supply_delay_puts_deliveries_off(calm: Parameters) -> None:
    economy = Economy(calm, seed=1)
    economy.supply.order(np.array([0, 1]), np.array([10, 10]), economy.day, 30.0)
    due = economy.supply.deliveries.day.copy()
    economy.shock(SupplyDelay(days=90))
    economy.step()
    assert (economy.supply.deliveries.day[:2] == due + 90).all()


def test_capacity_can_come_over_time(calm: Parameters) -> None:
    plain = lived(calm, 1, None, 1)[0].lines.gpus.sum()
    days = lived(calm, 1, CapacityAdded(underlying="H100", gpus=60_000, days=60), 1)
    assert days[0].lines.gpus.sum() == plain
    assert lived(calm, 1, CapacityAdded(underlying="H100", gpus=60_000), 1)[0].lines.gpus.sum() == (
        plain + 60_000
    )


@pytest.mark.parametrize(
    ("shock", "said"),
    [
        (Launch(underlying="Z1"), "underlying: nothing is called 'Z1' here; there are A100"),
        (PowerShortage(region="moon", share=0.5, days=1), "region: "),
        (ListCut(cloud="cloudy"), "cloud: "),
        (ListCut(provider="nobody"), "provider: "),
        (DemandShock(log_change=float("nan")), "log_change: is not finite"),
    ],
)
def test_a_shock_that_names_what_is_not_there_is_refused(
    calm: Parameters, shock: Shock, said: str
) -> None:
    economy = Economy(calm, seed=1)
    with pytest.raises(ShockError, match=said):
        economy.shock(shock)
    assert economy.step().shocks == ()


def test_a_day_that_is_over_is_refused(calm: Parameters) -> None:
    economy = Economy(calm, seed=1)
    with pytest.raises(ShockError, match="is over"):
        economy.shock(Launch(), economy.day - 1)
