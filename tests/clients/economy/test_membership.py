"""Members of the economy: their needs are met, their fleets let, and nobody else's luck changes."""

from __future__ import annotations

import numpy as np
import pytest

from clients.economy.economy import Economy
from clients.economy.parameters import Parameters


def joined(params: Parameters) -> Economy:
    economy = Economy(params, seed=1)
    economy.add_customer("Elm Labs", {"H100": 2_400.0, "B200": 480.0})
    economy.add_provider("Fir Compute", {"H100": 500}, costs_micros=7)
    return economy


def test_a_steady_need_is_rented_each_day_at_any_price(calm: Parameters) -> None:
    economy = joined(calm)
    for _ in range(10):
        told = economy.step().statements["Elm Labs"]
        hours = {line.underlying: line.gpu_hours for line in told.lines}
        assert hours == {"H100": 2_400.0, "B200": 480.0}
        assert not any(line.sold for line in told.lines)
        assert told.cash_micros < 0


def test_a_fleet_is_let_about_to_target(calm: Parameters) -> None:
    economy = joined(calm)
    days = [economy.step().statements["Fir Compute"] for _ in range(90)]
    assert days[-1].fleet == {"H100": 500}
    mean = np.mean([told.utilisation["H100"] for told in days[30:]])
    assert mean == pytest.approx(calm.clouds["neocloud"].target_utilisation, abs=0.15)
    opex = round(500 * 24 * calm.generations["H100"].opex_usd * 1e6)
    assert days[-1].other_micros == -opex - 7


def test_a_member_more_disturbs_nobody_elses_luck(small: Parameters) -> None:
    """Sizes, needs, worth and power failures of the crowd stay; prices move with the new capacity."""
    with_members, without = joined(small), Economy(small, seed=1)
    for _ in range(20):
        with_members.step()
        without.step()
    crowd = len(without.demand.customers)
    assert (with_members.worth.log_worth == without.worth.log_worth).all()
    assert (with_members.demand.customers.working[:crowd] == without.demand.customers.working).all()
    offers = len(without.supply.offers)
    assert (with_members.supply.offers.key[:offers] == without.supply.offers.key).all()
    day, other = with_members.step(), without.step()
    for name, summary in other.summaries.items():
        change = day.summaries[name].executed_micros / summary.executed_micros - 1
        assert abs(change) < 0.1


def test_a_lease_is_paid_at_its_price_until_it_ends(calm: Parameters) -> None:
    economy = joined(calm)
    economy.lease("Fir Compute", "Elm Labs", "H100", 80, 2_100_000, 30)
    for number in range(31):
        day = economy.step()
        leased = [
            line
            for line in day.statements["Elm Labs"].lines
            if line.underlying == "H100" and line.gpu_hours == 80 * 24
        ]
        assert (leased != []) == (number < 30)
        if leased:
            assert leased[0].price_micros == 2_100_000
            fir = day.names.providers.index("Fir Compute")
            let = day.rentals.take(np.flatnonzero(day.lines.provider[day.rentals.offer] == fir))
            assert 80 in let.gpus[let.price_micros == 2_100_000]
    with pytest.raises(ValueError, match="free of leases"):
        economy.lease("Fir Compute", "Elm Labs", "H100", 501, 2_100_000, 30)


def test_leases_can_end_early(calm: Parameters) -> None:
    economy = joined(calm)
    economy.lease("Fir Compute", "Elm Labs", "H100", 80, 2_100_000, 300)
    economy.step()
    assert economy.membership.end_leases("Elm Labs") == 80
    prices = [line.price_micros for line in economy.step().statements["Elm Labs"].lines]
    assert 2_100_000 not in prices


def test_a_fleet_grows_and_shrinks(calm: Parameters) -> None:
    economy = joined(calm)
    economy.membership.change_fleet("Fir Compute", "H100", 100)
    assert economy.step().statements["Fir Compute"].fleet == {"H100": 600}
    economy.membership.change_fleet("Fir Compute", "H100", -300)
    assert economy.step().statements["Fir Compute"].fleet == {"H100": 300}
    with pytest.raises(ValueError, match="no provider"):
        economy.membership.change_fleet("Elm Labs", "H100", 1)
    with pytest.raises(ValueError, match="has no B200"):
        economy.membership.change_fleet("Fir Compute", "B200", 1)


@pytest.mark.parametrize(
    ("need", "terms", "said"),
    [
        ({"H100": -1.0}, {}, "need above 0"),
        ({"H100": float("nan")}, {}, "need above 0"),
        ({"X": 1.0}, {}, "no such underlying"),
        ({"H100": 1.0}, {"region": "moon"}, "no such region"),
        ({"H100": 1.0}, {"segment": "x"}, "no such segment"),
    ],
)
def test_a_customer_that_cannot_be_is_refused(
    calm: Parameters, need: dict[str, float], terms: dict[str, str], said: str
) -> None:
    economy = Economy(calm, seed=1)
    with pytest.raises(ValueError, match=said):
        economy.add_customer("Elm Labs", need, **terms)
    assert "Elm Labs" not in economy.step().statements


def test_names_are_taken_once(calm: Parameters) -> None:
    economy = joined(calm)
    with pytest.raises(ValueError, match="there is a customer of that name"):
        economy.add_customer("Elm Labs", {"H100": 1.0})
    with pytest.raises(ValueError, match="there is a provider of that name"):
        economy.add_provider("Fir Compute", {"H100": 1})
    with pytest.raises(ValueError, match="give one or more"):
        economy.add_provider("Oak", {"H100": 0})
