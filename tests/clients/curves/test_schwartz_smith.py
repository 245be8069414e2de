"""The model against the published parameters' values, a simulation, and its own limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clients.curves.schwartz_smith import COMPUTE, SchwartzSmith

OIL_2000 = SchwartzSmith(
    kappa=1.49, sigma_chi=0.286, risk_premium=0.157, sigma_xi=0.145, drift=0.0115, rho=0.3
)
"""Crude oil, futures 1990-1995, table 2 of Schwartz and Smith."""


@pytest.mark.parametrize(
    ("years", "adjustment"),
    [(0.25, -0.017460), (0.5, -0.029324), (1, -0.040114), (2, -0.034378), (5, 0.026824)],
)
def test_the_adjustment_of_equation_9_for_oil(years: float, adjustment: float) -> None:
    assert OIL_2000.adjustment(years) == pytest.approx(adjustment, abs=5e-7)


@pytest.mark.parametrize(
    ("years", "volatility"), [(0, 0.3574), (0.25, 0.2775), (1, 0.1755), (5, 0.1450)]
)
def test_volatility_falls_with_maturity_for_oil(years: float, volatility: float) -> None:
    assert OIL_2000.volatility(years) == pytest.approx(volatility, abs=5e-5)


def test_a_forward_is_the_mean_of_the_simulated_spot() -> None:
    # Euler steps of both factors under the pricing measure, with the drifts of their equation 6.
    model, chi, xi, years, steps = OIL_2000, 0.2, math.log(20.0), 1.0, 400
    rng = np.random.default_rng(20261121)
    paths, dt = 40_000, years / steps
    chis, xis = np.full(paths, chi), np.full(paths, xi)
    for _ in range(steps):
        first = rng.standard_normal(paths)
        second = model.rho * first + math.sqrt(1 - model.rho**2) * rng.standard_normal(paths)
        chis += (-model.kappa * chis - model.risk_premium) * dt
        chis += model.sigma_chi * math.sqrt(dt) * first
        xis += model.drift * dt + model.sigma_xi * math.sqrt(dt) * second
    spots = np.exp(chis + xis)
    error = spots.std() / math.sqrt(paths)
    assert math.exp(model.log_forward(chi, xi, years)) == pytest.approx(spots.mean(), abs=4 * error)


def test_at_maturity_the_forward_is_the_spot() -> None:
    assert OIL_2000.log_forward(0.3, 2.0, 0.0) == pytest.approx(2.3)


def test_the_slope_that_is_asked_for_comes_out() -> None:
    assert COMPUTE.log_forward(0.0, 1.0, 1.0) - 1.0 == pytest.approx(-0.21)
    assert OIL_2000.with_slope(0.05, 2.0).adjustment(2.0) == pytest.approx(0.10)


@pytest.mark.parametrize("wrong", [{"kappa": 0.0}, {"sigma_xi": -0.1}, {"rho": 1.2}])
def test_meaningless_parameters_are_refused(wrong: dict[str, float]) -> None:
    fields = {
        "kappa": 1.0,
        "sigma_chi": 0.1,
        "risk_premium": 0.0,
        "sigma_xi": 0.1,
        "drift": 0.0,
        "rho": 0.0,
    }
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SchwartzSmith(**{**fields, **wrong})
