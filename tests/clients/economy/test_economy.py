"""The economy as a whole: conservation, determinism, long life."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import msgspec
import numpy as np
import pytest

from clients.economy.economy import Economy
from clients.economy.parameters import Parameters, load
from clients.economy.rentals import Rental
from clients.economy.shocks import Happening, Launch

DAYS_OF_FIVE_YEARS = 5 * 365

FINGERPRINT = """
import hashlib, msgspec
from clients.economy.economy import Economy
from clients.economy.parameters import load
params = msgspec.structs.replace(load().sized(40, 300), warm_up_days=30)
economy = Economy(params, seed=5)
economy.add_customer("Elm", {"H100": 2400.0})
digest = hashlib.sha256()
for _ in range(10):
    day = economy.step()
    digest.update(repr(day.observations).encode())
    digest.update(repr(day.statements).encode())
print(digest.hexdigest())
"""


def test_hours_sold_are_hours_bought_and_fleets_are_not_overlet(small: Parameters) -> None:
    economy = Economy(small, seed=1)
    for _ in range(60):
        day = economy.step()
        rentals, lines = day.rentals, day.lines
        sold = np.bincount(rentals.offer, rentals.gpus, len(lines))
        bought = np.bincount(rentals.customer, rentals.gpus, len(day.names.customers))
        assert sold.sum() == bought.sum() == rentals.gpus.sum()
        assert (sold == lines.rented).all()
        assert (sold <= lines.gpus).all()
        assert (rentals.gpus > 0).all()
        assert (rentals.price_micros > 0).all()
        assert all(0 <= each.utilisation <= 1 for each in day.summaries.values())


def test_statements_add_up_to_the_deals(small: Parameters) -> None:
    """Two members that only deal with the crowd: their lines are the deals' hours and money."""
    economy = Economy(small, seed=1)
    economy.add_customer("Elm", {"H100": 24_000.0, "A100": 4_800.0}, reserved_part=0.5)
    economy.add_provider("Fir", {"H100": 2_000, "H200": 800})
    for _ in range(40):
        day = economy.step()
        rentals = day.rentals
        fir = day.names.providers.index("Fir")
        elms = [row for row, name in enumerate(day.names.customers) if name == "Elm"]
        for name, rows, sold in (
            ("Elm", np.isin(rentals.customer, elms), False),
            ("Fir", day.lines.provider[rentals.offer] == fir, True),
        ):
            lines = day.statements[name].lines
            assert {line.sold for line in lines} <= {sold}
            hours = sum(line.gpu_hours for line in lines)
            assert hours == rentals.gpus[rows].sum() * 24
            paid = sum(line.gpu_hours * line.price_micros for line in lines)
            exact = int((rentals.gpus[rows] * rentals.price_micros[rows]).sum()) * 24
            # A line's mean price is rounded to the micro-dollar.
            assert abs(paid - exact) <= hours / 2


def test_the_same_seed_gives_the_same_days_under_any_hash_seed() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 2 * hashlib.sha256().digest_size


def test_another_seed_gives_other_days(small: Parameters) -> None:
    first, second = (Economy(small, seed=seed).step().observations for seed in (1, 2))
    assert first != second


def test_five_years_without_a_gap(small: Parameters) -> None:
    """Nothing becomes nan, runs empty or runs away; a small population of two generations for speed."""
    kinds = {name: small.generations[name] for name in ("H100", "B200")}
    params = msgspec.structs.replace(small.sized(16, 60), generations=kinds, warm_up_days=30)
    economy = Economy(params, seed=11)
    for _ in range(DAYS_OF_FIVE_YEARS):
        day = economy.step()
        assert set(day.summaries) == set(kinds)
        for name, summary in day.summaries.items():
            worth = kinds[name].value_usd
            assert 0.02 < summary.executed_micros / 1e6 / worth < 20
            assert 0.02 < summary.list_micros / 1e6 / worth < 40
            assert 0 < summary.utilisation <= 1
        assert np.isfinite(economy.supply.products.log_quote).all()
    assert np.isfinite(day.outlook.curve_micros("H100")).all()


def test_scheduled_shocks_strike_on_their_days(calm: Parameters) -> None:
    economy = Economy(calm, seed=1, first_day=20_000)
    economy.schedule([Happening(2, Launch()), Happening(4, Launch(log_step=-0.1))])
    struck = [len(economy.step().shocks) for _ in range(6)]
    assert struck == [0, 0, 1, 0, 1, 0]


def test_a_generation_launched_later_has_no_rentals_before(calm: Parameters) -> None:
    late = msgspec.structs.replace(calm.generations["B200"], launch_after_days=20)
    params = msgspec.structs.replace(calm, generations=calm.generations | {"B200": late})
    economy = Economy(params, seed=1)
    days = [economy.step() for _ in range(60)]
    for number, day in enumerate(days):
        seen = {row.underlying for row in day.observations}
        assert ("B200" in seen) == ("B200" in day.summaries) == (number >= 19)
    gpus = [day.lines.gpus[day.lines.generation == 3].sum() for day in days]
    assert 0 < gpus[19] < 0.5 * late.gpus
    assert gpus[19] < gpus[-1]
    falls = days[-1].summaries["H100"].executed_micros / days[15].summaries["H100"].executed_micros
    assert falls < 0.95


def test_every_kind_of_rental_and_list_is_observed() -> None:
    economy = Economy(msgspec.structs.replace(load().sized(60, 600), warm_up_days=30), seed=1)
    seen: set[tuple[bool, str]] = set()
    for _ in range(10):
        day = economy.step()
        seen |= {(row.executed, row.rental) for row in day.observations}
        assert set(np.unique(day.rentals.rental)) <= set(Rental)
    assert seen == {(False, "on_demand"), (True, "on_demand"), (True, "spot"), (True, "reserved")}


@pytest.mark.parametrize("day", [20_000, 20_454])
def test_days_are_dated(calm: Parameters, day: int) -> None:
    lived = Economy(calm, seed=1, first_day=day).step()
    assert lived.day == day
    times = [row.ts_ns for row in lived.observations]
    assert day * 86_400 * 10**9 <= times[0] <= times[-1] < lived.end_ns
    assert times == sorted(times)
