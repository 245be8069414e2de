"""Participants in the rental economy itself: their cash is that of its deals."""

from __future__ import annotations

import pytest

from clients.economy.economy import Economy
from clients.participants.ai_lab import DAYS_A_MONTH, AiLab, AiLabParams
from clients.participants.hedger import Hedger
from clients.participants.loan_vehicle import LoanVehicle, LoanVehicleParams
from clients.participants.neocloud import Neocloud, NeocloudParams
from marketdata.days import NS_PER_DAY
from tests.clients.market import START_NS, Market

SEED, DAYS = 5, 45


def test_a_life_in_the_economy() -> None:
    """Forty-five days: rents paid and earned, a loan begun and served, GPUs bought with it."""
    economy = Economy(seed=SEED, first_day=START_NS // NS_PER_DAY)
    lab = AiLab("lab", 1, AiLabParams(gpu_hours=60_000))
    # Running costs are those of the economy; its owner values them as the economy charges them.
    cloud = Neocloud(
        "cloud",
        1,
        NeocloudParams(fleet_gpus=100, buy_dscr=0, buy_utilisation=0, anchor_part=0, rate=0.12),
    )
    vehicle = LoanVehicle("vehicle", 1, LoanVehicleParams(fleet_gpus=64, wrong_way=0))
    crew: list[Hedger] = [lab, cloud, vehicle]
    economy.add_customer("lab", {"H100": 60_000 / DAYS_A_MONTH})
    for owner, gpus in (("cloud", 100), ("vehicle", 64)):
        economy.add_provider(owner, {"H100": gpus})
    market = Market()
    for trader in crew:
        trader.on_start(market.view, market.now_ns)
    paid, earned, acts = [], [], []
    for _ in range(DAYS):
        day = economy.step()
        for trader in crew:
            trader.on_message(day.statements[trader.name], day.end_ns)
        paid.append(day.statements["lab"].cash_micros)
        earned.append(day.statements["cloud"].cash_micros)
        acts += cloud.take_acts()
    assert [each.spot_micros for each in lab.outcome.days] == paid
    assert max(paid) < 0
    assert lab.need_hours == pytest.approx(60_000, rel=0.05), f"seed {SEED}"
    # All that the cloud's business did beside its rentals was the loan and what it bought with it.
    beside = sum(each.spot_micros for each in cloud.outcome.days) - sum(earned)
    assert beside == -cloud.paid_micros - cloud.bought.cash_micros
    assert cloud.paid_micros > 0 < cloud.bought.gpus
    assert sum(act.gpus for act in acts) == cloud.bought.gpus == cloud.gpus - 100
    served = vehicle.served[0]
    days = 31 * 24 * 64
    assert served.paid.total_micros == pytest.approx(days * 2.6e6)
    assert served.paid.costs_micros == pytest.approx(days * 0.6e6)
    assert 0.3 < vehicle.loan_to_value(vehicle.outcome.days[-1].day) < 1.0
    assert len(lab.outcome.days) == len(cloud.outcome.days) == DAYS
