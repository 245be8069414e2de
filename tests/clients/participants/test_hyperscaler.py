"""A list price that sticks, and is cut at once when nobody pays it any more."""

from __future__ import annotations

import pytest

from clients.participants.acts import Actor, ListCut
from clients.participants.hyperscaler import Hyperscaler, HyperscalerParams
from tests.clients.market import NEAR, Market
from tests.clients.participants.days import live_through, mark, rental_day


def hyperscaler(market: Market, **params: object) -> Hyperscaler:
    stated = {"list_usd": 6.5, "patience_days": 10, "rest_days": 30} | params
    made = Hyperscaler("me", 1, HyperscalerParams(**stated))  # type: ignore[arg-type]
    made.on_start(market.view, market.now_ns)
    return made


def test_the_list_sticks_until_patience_is_over_and_rests_after_a_cut() -> None:
    market = Market()
    made = hyperscaler(market)
    lists, acts = [], []
    for number in range(60):
        live_through(market, made, rental_day(number, 1.5, utilisation=0.6))
        lists.append(made.list_micros)
        acts += made.take_acts()
    # 6.50 is above 2.5 × 1.50: ten days, a cut to 3.90; again 3.90 > 3.75, but only after the rest.
    assert lists[:9] == [6_500_000] * 9
    assert lists[9:39] == [3_900_000] * 30
    assert lists[39:] == [2_340_000] * 21
    first = made.outcome.days[0].day
    assert acts == [
        ListCut(day=first + at + 1, participant="me", underlying="H100", change=-0.4)
        for at in (9, 39)
    ]
    assert isinstance(made, Actor)


@pytest.mark.parametrize(("price", "utilisation"), [(1.5, 0.9), (2.7, 0.5)])
def test_a_full_market_or_a_fair_list_is_left_alone(price: float, utilisation: float) -> None:
    market = Market()
    made = hyperscaler(market)
    for number in range(60):
        live_through(market, made, rental_day(number, price, utilisation=utilisation))
    assert (made.cuts, made.take_acts()) == (0, [])


def test_one_good_day_starts_the_patience_anew() -> None:
    market = Market()
    made = hyperscaler(market)
    for number in range(19):
        price = 2.7 if number == 9 else 1.5
        live_through(market, made, rental_day(number, price, utilisation=0.6))
    assert made.cuts == 0


def test_it_does_not_trade_unless_told() -> None:
    market = Market()
    quiet, selling = hyperscaler(market), hyperscaler(market, hedge_ratio=0.01, build_s=1)
    mark(market, NEAR, 280)
    assert market.tick(quiet, 2) == []
    market.tick(selling)
    # 1 % of 20,000 GPUs at 60 % is 120 lots a month, in clips of 10.
    assert market.view.position_lots(NEAR) == -10
    assert selling.scheduled_lots(market.view.instruments[NEAR], market.now_ns) == 120
