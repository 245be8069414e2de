"""Participants in a small economy: their statements, their fleets, and what their acts do there."""

from __future__ import annotations

import pytest

from clients.economy.economy import Economy
from clients.participants.acts import FleetChange, ListCut
from clients.participants.ai_lab import AiLab, AiLabParams
from clients.participants.hyperscaler import Hyperscaler, HyperscalerParams
from clients.participants.joining import carry_out, join, statement
from clients.participants.lender import Lender, LenderParams
from clients.participants.neocloud import Neocloud, NeocloudParams

SEED = 3


@pytest.fixture(scope="module")
def economy() -> Economy:
    return Economy(seed=SEED)


def test_members_live_and_act(economy: Economy) -> None:
    lab = AiLab("lab", 1, AiLabParams(gpu_hours=73_000))
    cloud = Neocloud("cloud", 1, NeocloudParams(fleet_gpus=120))
    giant = Hyperscaler("giant", 1, HyperscalerParams(fleet_gpus=2_000))
    bank = Lender("bank", 1, LenderParams())
    assert [join(economy, each) for each in (lab, cloud, giant, bank)] == [True, True, True, False]
    for _ in range(3):
        day = economy.step()
    rented = statement(day, "lab")
    # 73,000 hours a month are 2,400 a day, in whole GPUs.
    assert sum(line.gpu_hours for line in rented.lines) == pytest.approx(2_400, abs=24)
    assert not any(line.sold for line in rented.lines)
    owned = statement(day, "cloud")
    assert owned.fleet == {"H100": 120}
    assert owned.other_micros < 0
    apart = statement(day, "bank")
    assert (apart.lines, apart.fleet, apart.spot) == ((), {}, day.summaries)
    assert apart.ts_ns == owned.ts_ns
    carry_out(
        economy,
        [
            FleetChange(day=day.day + 1, participant="cloud", underlying="H100", gpus=30),
            ListCut(day=day.day + 1, participant="giant", underlying="H100", change=-0.4),
        ],
    )
    before = lists(economy, "giant")
    later = economy.step()
    assert statement(later, "cloud").fleet == {"H100": 150}
    assert lists(economy, "giant") == pytest.approx([price * 0.6 for price in before], rel=0.02)
    assert later.shocks


def lists(economy: Economy, provider: str) -> list[float]:
    products = economy.supply.products
    mine = products.provider == economy.supply.names.index(provider)
    return [float(price) for price in products.list_micros[mine]]


def test_an_act_of_nobody_is_refused(economy: Economy) -> None:
    with pytest.raises(ValueError, match="nobody"):
        carry_out(economy, [FleetChange(day=1, participant="nobody", underlying="H100", gpus=1)])
    cut = ListCut(day=1, participant="nobody", underlying="H100", change=-0.4)
    with pytest.raises(ValueError, match="nobody"):
        carry_out(economy, [cut])
