"""Offers as anyone could describe them."""

from __future__ import annotations

import numpy as np

from clients.economy.draws import Draws
from clients.economy.lines import offer_lines
from clients.economy.parameters import Parameters
from clients.economy.supply import Form, Supply


def test_a_list_costs_its_regions_factor_more(small: Parameters) -> None:
    supply = Supply(small, Draws(1))
    fleet = {"H100": {"us-east": 10, "asia": 20}}
    supply.add("Oak", "hyperscaler", fleet, np.zeros(4), {"H100": Form(infiniband=True)})
    supply.start_day(0, np.ones(4, np.bool_))
    lines = offer_lines(supply, np.array([3, 4]))
    factor = small.regions["asia"].price_factor
    assert lines.list_micros[1] == round(int(lines.list_micros[0]) * factor)
    base = small.clouds["hyperscaler"].price_factor * small.pricing.infiniband_factor
    assert np.allclose(np.exp(lines.log_base), [base, base * factor])
    assert (lines.gpus.tolist(), lines.rented.tolist()) == ([10, 20], [3, 4])
    assert lines.infiniband.all()
