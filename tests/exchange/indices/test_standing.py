"""Standing prices: means of a day, checks from day to day, look-back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exchange.indices.methodology import DayOverDay
from exchange.indices.observations import Observation
from exchange.indices.panel import Panel
from exchange.indices.standing import Offers, Standing, unit_prices

RULE = DayOverDay(max_move=0.25, confirmation=0.05)


def take(standing: Standing, day: int, price: float) -> bool:
    offers, hours = np.array([0]), np.array([1.0])
    waits = standing.take(day, offers, np.array([price]), hours, 1, 7, RULE)
    return bool(waits[0])


def test_a_jump_waits_until_it_is_confirmed() -> None:
    standing = Standing()
    assert not take(standing, 0, 2.0)
    assert take(standing, 1, 1.1)
    assert standing.price[0] == 2.0
    assert not take(standing, 2, 1.12), "a second print near the first counts"
    assert standing.price[0] == 1.12


def test_a_jump_that_is_not_repeated_never_counts() -> None:
    standing = Standing()
    take(standing, 0, 2.0)
    assert take(standing, 1, 9.0)
    assert not take(standing, 2, 2.1)
    assert standing.price[0] == 2.1


def test_a_price_stands_for_its_look_back() -> None:
    standing = Standing()
    take(standing, 0, 2.0)
    assert standing.at(7, 7).tolist() == [0]
    assert standing.at(8, 7).tolist() == []
    assert not take(standing, 8, 9.0), "nothing stands that it could be checked against"


def test_a_copy_goes_on_by_itself() -> None:
    standing = Standing()
    take(standing, 0, 2.0)
    other = standing.copy()
    take(other, 1, 2.2)
    assert (standing.price[0], other.price[0]) == (2.0, 2.2)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 10**9), st.floats(0, 1e6)), max_size=30)
)
def test_unit_prices_are_plain_means(rows: list[tuple[int, int, float]]) -> None:
    columns = [list(each) for each in zip(*rows, strict=True)] or [[], [], []]
    offers, prices, volumes = unit_prices(
        np.array(columns[0], np.int64), np.array(columns[1], np.int64), np.array(columns[2], float)
    )
    expected = {offer for offer, _, _ in rows}
    assert offers.tolist() == sorted(expected)
    for offer, price, volume in zip(offers, prices, volumes, strict=True):
        mine = [row for row in rows if row[0] == offer]
        assert np.isclose(price, sum(row[1] for row in mine) / len(mine) / 1e6)
        assert np.isclose(volume, sum(row[2] for row in mine))


def test_offers_keep_their_numbers() -> None:
    offers = Offers()
    first = Panel.of([Observation(0, 1, "H100", each) for each in "bda"])
    second = Panel.of([Observation(0, 1, "H100", each) for each in "adc"])
    assert offers.numbers(first).tolist() == [1, 2, 0]
    assert offers.numbers(second).tolist() == [0, 2, 3]
    assert offers.numbers(first.take(slice(0, 1))).tolist() == [1]
    assert [line.provider for line in offers.lines] == ["a", "b", "d", "c"]
