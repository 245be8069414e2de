"""A value trader buys below its anchor, sells above, and believes the rental market before the index."""

from __future__ import annotations

import pytest

from clients.economy.statements import RentalDay, SpotSummary
from clients.participants.value import Value, ValueParams
from tests.clients.market import NEAR, PERPETUAL, Market


def value(market: Market, **fields: object) -> Value:
    market.show_tickers()
    fields = {"instruments": PERPETUAL, "error": 0.0, "max_hours": 100.0, **fields}
    trader = Value("value", 1, ValueParams(**fields))  # type: ignore[arg-type]
    trader.on_start(market.view, market.now_ns)
    return trader


def rentals(executed_micros: int) -> RentalDay:
    spot = SpotSummary(
        underlying="H100",
        executed_micros=executed_micros,
        list_micros=3_500_000,
        volume_gpu_hours=1.0,
        utilisation=0.9,
    )
    return RentalDay(
        day=1,
        ts_ns=1,
        participant="value",
        lines=(),
        fleet={},
        utilisation={},
        spot={"H100": spot},
        other_micros=0,
    )


@pytest.mark.parametrize(
    ("middle", "lots"), [(280, 0), (276, 0), (257.5, 49), (230, 100), (305, -50), (340, -100)]
)
def test_the_position_is_proportional_to_the_distance_beyond_the_threshold(
    middle: float, lots: int
) -> None:
    # ln(2.80 / 2.575) = .0838: (.0838 − .02) / (.15 − .02) = .49 of 100 lots.
    market = Market(2.8)
    trader = value(market, clip_hours=1_000)
    market.quote(PERPETUAL, round(middle * 2 - 1) // 2, round(middle * 2 + 1) // 2 + 1)
    market.tick(trader)
    assert market.view.position_lots(PERPETUAL) == pytest.approx(lots, abs=3)


def test_executed_rentals_count_for_more_than_the_index() -> None:
    market = Market(2.8)
    trader = value(market, anchor_days=0.01)
    trader.on_message(rentals(2_500_000), market.now_ns)
    market.quote(PERPETUAL, 279, 281)
    market.tick(trader)
    market.tick(trader, 86_400)
    assert market.view.position_lots(PERPETUAL) == 0, "an index above deals is its usual self"
    trader.on_message(rentals(2_100_000), market.now_ns)
    market.tick(trader, 3_600)
    assert market.view.position_lots(PERPETUAL) < 0
    # Deals fell by 16 %, the index not yet: it is held to be worth as much less.
    figures = trader.report().figures
    assert figures["h100 anchor $"] == pytest.approx(2.8 * 2.1 / 2.5, rel=0.01)


def test_opinions_differ_by_trader_and_not_by_run() -> None:
    one, again, other = (
        Value(name, 7, ValueParams()).error for name in ("value-1", "value-1", "value-2")
    )
    assert one == again != other


def test_it_draws_its_contracts_once_and_replaces_what_expired() -> None:
    market = Market()
    trader = value(market, instruments="", contracts=2)
    chosen = trader.instruments(market.view)
    assert len(chosen) == 2
    assert trader.instruments(market.view) == chosen
    del market.view.instruments[chosen[0]]
    assert set(trader.instruments(market.view)) == set(market.view.instruments)
    assert NEAR in chosen or PERPETUAL in chosen or len(chosen) == 2


def test_it_does_not_add_without_margin() -> None:
    market = Market(2.8)
    trader = value(market)
    market.pay(1_000_000, 0)
    market.quote(PERPETUAL, 229, 231)
    assert market.tick(trader) == []
