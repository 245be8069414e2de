"""Hedgers on the exchange's own core: what they count is the cash that the core has."""

from __future__ import annotations

import numpy as np
import pytest

from clients.participants.ai_lab import AiLab, AiLabParams
from clients.participants.hedger import Hedger
from clients.participants.lender import Lender, LenderParams
from clients.participants.loan_vehicle import LoanVehicle, LoanVehicleParams
from clients.participants.neocloud import Neocloud, NeocloudParams
from tests.clients.participants.days import rental_day
from tests.clients.participants.stage import NAMES, Stage

SEED = 20_260_918
DEPOSIT_USD = 3_000_000


def hedger(kind: str) -> Hedger:
    match kind:
        case "ai-lab":
            return AiLab("me", 1, AiLabParams(build_s=300, gpu_hours=60_000))
        case "neocloud":
            return Neocloud("me", 1, NeocloudParams(build_s=300, fleet_gpus=120, max_cost=1.0))
        case "loan-vehicle":
            return LoanVehicle("me", 1, LoanVehicleParams(hedge_from=0.1, max_cost=1.0))
        case _:
            return Lender("me", 1, LenderParams(loan_part=0.9, max_cost=1.0))


def live(stage: Stage, days: int = 50) -> float:
    """Live through a random market in which the first month settles; return the last price."""
    rng = np.random.default_rng(SEED)
    price = 3.0
    for number in range(days):
        if number == 20:
            # Between two ticks, as a mean is.
            stage.settle(NAMES[0], 2_871_234)
        price *= float(np.exp(0.03 * rng.standard_normal()))
        stage.print_index(round(price * 1e6))
        for name in list(stage.live):
            stage.mark(name, round(price * 100) + int(rng.integers(-5, 6)))
        for _ in range(5):
            stage.tick()
        day = rental_day(
            number, price, sold_hours=2_000, rented_hours=2_000 * (stage.trader.kind == "ai-lab")
        )
        stage.day(day)
    return price


@pytest.mark.parametrize("kind", ["ai-lab", "neocloud", "loan-vehicle", "lender"])
def test_days_add_up_to_the_cores_cash(kind: str) -> None:
    trader = hedger(kind)
    stage = Stage(trader, DEPOSIT_USD)
    live(stage)
    days = trader.outcome.days
    futures = sum(day.futures_micros - day.fees_micros for day in days)
    assert len(days) == 50
    assert futures == stage.equity_micros - DEPOSIT_USD * 10**6, f"seed {SEED}"
    assert futures != 0
    assert sum(day.fees_micros for day in days) > 0
    # Cash at the start is the business's and the account's together.
    assert trader.outcome.cash_micros == round(trader.hedger_params.cash_usd * 1e6) + (
        DEPOSIT_USD * 10**6
    )
    assert max(day.margin_micros for day in days) > 0
    assert set(trader.report().without) <= set(trader.report().figures)


def test_the_lab_pays_less_variance_of_value_on_the_core() -> None:
    """A full hedge of three months on contracts that move with spot leaves little of its risk."""
    trader = AiLab(
        "me", 1, AiLabParams(build_s=1, gpu_hours=60_833, hedge_ratio=1.0, clip_lots=200)
    )
    stage = Stage(trader, 50_000_000)
    rng = np.random.default_rng(SEED)
    price = 3.0
    for number in range(60):
        price *= float(np.exp(0.02 * rng.standard_normal()))
        stage.print_index(round(price * 1e6))
        for name in NAMES[1:]:
            stage.mark(name, round(price * 100))
        stage.tick()
        stage.day(rental_day(number, price, rented_hours=2_000))
    unhedged = AiLab("you", 1, AiLabParams(hedge_ratio=0))
    lone = Stage(unhedged, 50_000_000)
    for number, day in enumerate(trader.outcome.days):
        lone.day(rental_day(number, -day.spot_micros / 2e9, rented_hours=2_000))
    # Two of the three months are quoted: two thirds of the value are hedged, so (1/3)² is left.
    assert trader.outcome.value_effectiveness() == pytest.approx(1 - 1 / 9, abs=0.05), (
        f"seed {SEED}"
    )
    assert unhedged.outcome.value_effectiveness() == 0
    assert trader.outcome.flows(hedged=False).tolist() == pytest.approx(
        unhedged.outcome.flows(hedged=True).tolist(), abs=3_000
    )
