"""Scenarios: outrights hold their range, spreads a fraction, and every column is what its name says."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.layout import SCENARIOS
from exchange.margin import parameters
from exchange.margin.scenarios import NAMES, scan_range, shocks_ppm
from tests.exchange.margin.portfolio import instrument, requirement

SHIPPED = parameters.shipped()
H100 = instrument()
B200 = instrument("GPU2", "B200", "b200_usd")
TRANSACTION = instrument("HPR", "H100", "h100_transaction")

tenors = st.floats(0, 1_200)
shares = st.floats(0, 1)


def shocks(spec=H100, tenor: float = 0.0, unknown: float = 1.0) -> list[int]:  # type: ignore[no-untyped-def]
    return shocks_ppm(SHIPPED, spec, tenor, unknown)


def test_a_front_contract_moves_as_worked_out_by_hand() -> None:
    """Range 20 %, extreme 0.7 of it, tilt 5 %, generation 10 % * -0.5, basis 4 %, launch, squeeze."""
    launch = math.ceil(0.35 * (1 - math.exp(-0.22)) * 1e6)
    sizes = [66_667, -66_667, 133_334, -133_334, 200_000, -200_000, 140_000, -140_000]
    spreads = [-50_000, 50_000, -50_000, 50_000, 40_000, -40_000]
    assert shocks() == [*sizes, *sizes, *spreads, -launch, 87_500]


def test_there_is_a_name_for_every_column() -> None:
    assert len(NAMES) == len(set(NAMES)) == len(shocks()) == SCENARIOS


@given(tenors, shares, st.sampled_from([H100, B200, TRANSACTION, instrument("NEW", "MI300")]))
def test_an_outright_of_either_side_holds_its_scan_range(tenor, unknown, spec) -> None:  # type: ignore[no-untyped-def]
    moves = shocks(spec, tenor, unknown)
    wanted = scan_range(SHIPPED, spec, tenor) * unknown
    assert max(moves) >= wanted * 1e6 - 1e-3
    assert -min(moves) >= wanted * 1e6 - 1e-3
    assert max(map(abs, moves)) <= 1_000_000
    assert all(isinstance(move, int) for move in moves)


@given(st.floats(0, 400))
def test_neighbouring_months_need_a_small_fraction_of_two_outrights(tenor: float) -> None:
    near, far = shocks(tenor=tenor), shocks(tenor=tenor + 30.4)
    apart = requirement([(1.0, near)]) + requirement([(-1.0, far)])
    for sign in (1.0, -1.0):
        together = requirement([(sign, near), (-sign, far)])
        assert 0.001 < together < 0.12 * apart


@given(st.floats(0, 300), st.floats(30, 300))
def test_months_further_apart_need_more(tenor: float, apart: float) -> None:
    def spread(days: float) -> float:
        legs = [(1.0, shocks(tenor=tenor)), (-1.0, shocks(tenor=tenor + days))]
        return requirement(legs)

    assert spread(2 * apart) > spread(apart) > 0


@pytest.mark.parametrize(("other", "least"), [(B200, 0.10), (TRANSACTION, 0.08)])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("tenor", [0.0, 90.0, 400.0])
def test_a_spread_of_chips_or_of_indices_gets_credit(other, least, sign, tenor) -> None:  # type: ignore[no-untyped-def]
    legs = [(sign, shocks(H100, tenor)), (-sign, shocks(other, tenor))]
    together, apart = requirement(legs), sum(requirement([leg]) for leg in legs)
    assert least <= together < 0.5 * apart


def test_the_same_side_gets_none() -> None:
    both = requirement([(1.0, shocks(H100)), (1.0, shocks(TRANSACTION))])
    assert both == requirement([(1.0, shocks(H100))]) + requirement([(1.0, shocks(TRANSACTION))])


def test_an_unknown_underlying_moves_by_its_own_margin_and_gets_little_credit() -> None:
    new = instrument("NEW", "MI300", initial_margin_ppm=300_000)
    assert shocks(new, 500.0)[4] == 300_000
    hedged = requirement([(1.0, shocks(new)), (-1.0, shocks(H100))])
    assert hedged >= 0.15


def test_what_is_fixed_moves_no_more() -> None:
    whole, half, none = (shocks(unknown=share) for share in (1.0, 0.5, 0.0))
    assert [math.ceil(abs(move) / 2) for move in whole] == [abs(move) for move in half]
    assert none == [0] * SCENARIOS


def test_a_family_has_its_own_range_where_it_is_named() -> None:
    own = parameters.ScanCurve(days=(0,), ranges=(0.3,))
    named = msgspec.structs.replace(SHIPPED, scan=SHIPPED.scan | {"HPR": own})
    assert shocks_ppm(named, TRANSACTION, 10, 1)[4] == 300_000
    assert shocks_ppm(named, H100, 10, 1)[4] == 200_000
    # A class of its own stands for the underlying; the family's range wins over it.
    assert shocks_ppm(named, H100, 10, 1, "B200")[4] == 220_000
    assert shocks_ppm(named, TRANSACTION, 10, 1, "B200")[4] == 300_000
    assert shocks_ppm(named, H100, 10, 1, "MI300")[4] == H100.initial_margin_ppm


@pytest.mark.parametrize("place", [(-1.0, 1.0), (math.nan, 1.0), (math.inf, 1.0), (0.0, 1.01)])
def test_refuses_what_is_no_tenor_or_share(place: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        shocks_ppm(SHIPPED, H100, *place)
