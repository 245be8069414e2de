"""Routes by which the books of a cycle imply prices in each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata.cycles import Cycle, Cycles

prices = st.integers(-500, 500)
ratios = st.integers(-4, 4).filter(bool)


@given(st.lists(st.tuples(prices, ratios), min_size=1, max_size=4))
def test_every_route_gives_the_price_at_which_combo_and_legs_agree(
    legs: list[tuple[int, int]],
) -> None:
    cycle = Cycle(9, tuple((at, ratio) for at, (_, ratio) in enumerate(legs)))
    known = {at: price for at, (price, _) in enumerate(legs)}
    known[9] = sum(price * ratio for price, ratio in legs)
    for target in cycle.books:
        route = cycle.route(target)
        assert sum(known[at] * weight for at, weight in route.sources) == known[target] * route.lots
        assert target not in dict(route.sources)


def test_a_turn_leaves_nobody_with_a_leg_alone() -> None:
    """What a turn moves in each leg and what it moves in the combo cancel out, leg by leg."""
    cycle = Cycle(9, ((0, 1), (1, -2), (2, 1)))
    for target in cycle.books:
        route = cycle.route(target)
        moved = {target: -route.lots} | dict(route.sources)
        assert [moved[leg] + moved[9] * ratio for leg, ratio in cycle.legs] == [0, 0, 0]


def test_a_book_outside_the_cycle_has_no_route() -> None:
    with pytest.raises(ValueError, match="not in the cycle"):
        Cycle(9, ((0, 1), (1, -1))).route(5)


def test_who_may_change_a_book_is_who_shares_a_cycle_with_it() -> None:
    cycles = Cycles()
    cycles.add(10, ((0, 1), (1, -1)))
    assert cycles.reach(2) == {2}
    cycles.add(11, ((1, 1), (2, -1)))
    assert cycles.reach(0) == {0, 1, 10}
    assert cycles.reach(1) == {0, 1, 2, 10, 11}
    assert [cycle.combo for cycle in cycles.of(1)] == [10, 11]
    assert cycles.of(7) == []
