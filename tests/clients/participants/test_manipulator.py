"""The manipulator holds its limit, prints rentals on the side of its position, and pays for them."""

from __future__ import annotations

import pytest

from clients.messages import Side
from clients.participants.manipulator import Manipulator, ManipulatorParams, observation_of
from exchange.indices.methodology import shipped
from exchange.indices.observations import Observation
from exchange.indices.publication import Publisher
from exchange.indices.series import close_ns
from marketdata.days import day_of
from tests.clients.market import NEAR, Market


def manipulator(market: Market, **fields: object) -> Manipulator:
    fields = {"family": "GPU1", "max_lots": 20, **fields}
    trader = Manipulator("m", 1, ManipulatorParams(**fields))  # type: ignore[arg-type]
    market.show_tickers()
    market.quote(NEAR, 279, 281)
    market.pay(10_000_000_000)
    trader.on_start(market.view, market.now_ns)
    return trader


def test_it_builds_its_position_up_to_the_limit() -> None:
    market = Market()
    trader = manipulator(market)
    for _ in range(5):
        market.tick(trader)
    assert market.view.position_lots(NEAR) == 20


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, 4_200_000), (Side.SELL, 1_866_667)])
def test_it_reports_rentals_that_move_the_mean_its_way(side: Side, price: int) -> None:
    market = Market(2.8)
    trader = manipulator(market, side=side)
    for _ in range(5):
        market.tick(trader)
    (rental,) = trader.rentals_to_report(day_of(market.now_ns))
    assert (rental.underlying, rental.provider) == ("H100", "self-dealer")
    assert (rental.price_micros, rental.gpu_hours) == (price, 20_000)


def test_nothing_is_reported_without_a_position_or_before_the_month() -> None:
    market = Market()
    trader = manipulator(market)
    assert trader.rentals_to_report(day_of(market.now_ns)) == ()
    market.tick(trader)
    assert trader.rentals_to_report(day_of(market.now_ns) - 40) == ()
    early = manipulator(Market(), own_month_only=False)
    early.view.apply(market.view.positions[NEAR])
    assert early.rentals_to_report(day_of(market.now_ns) - 40)


def test_what_it_costs_is_in_the_books_of_the_day_once() -> None:
    market = Market(2.8)
    trader = manipulator(market)
    market.tick(trader)
    day = day_of(market.now_ns)
    for _ in range(3):
        trader.rentals_to_report(day)
    # A tenth of 1.40 $ on 20,000 hours.
    assert trader.daily_flow_micros(day) == -2_800_000_000
    assert trader.spent_micros == 2_800_000_000
    market.tick(trader, 86_400)
    assert trader.outcome.days[0].spot_micros == -2_800_000_000


@pytest.mark.parametrize(("gpu_hours", "kept"), [(20_000.0, 1.0), (80_000.0, 0.5)])
def test_the_shipped_index_holds_a_provider_to_its_cap_and_no_less(
    gpu_hours: float, kept: float
) -> None:
    """A fifth of all hours moves the index as it moves a plain mean; of a half only a quarter counts."""
    market = Market(2.3)
    trader = manipulator(market, gpu_hours=gpu_hours)
    market.tick(trader)
    day = day_of(market.now_ns)
    methodology = next(each for each in shipped() if each.name == "h100_tx_usd")
    close = close_ns(day, methodology.at(day).terms.publication)
    honest = [
        Observation(
            close - minute * 60 * 10**9,
            2_250_000 + 1_000 * minute,
            "H100",
            provider=f"cloud-{minute % 10}",
            cloud_type="neocloud",
            rental="on_demand",
            executed=True,
            gpu_hours=800.0,
        )
        for minute in range(1, 101)
    ]
    (rental,) = trader.rentals_to_report(day)
    bought = observation_of(rental, close - 30 * 60 * 10**9)
    prices = []
    for rows in (honest, [*honest, bought]):
        printed = Publisher([methodology]).close(day, sorted(rows))
        (price,) = [each.price_micros for each in printed if each.index == "h100_tx_usd"]
        assert price is not None
        prices.append(price)
    share = gpu_hours / (gpu_hours + 80_000)
    honest_mean = sum(row.price_micros for row in honest) / 100
    plain = share * (rental.price_micros / honest_mean - 1)
    assert prices[1] / prices[0] - 1 == pytest.approx(kept * plain, rel=0.03)
