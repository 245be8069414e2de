"""The neocloud sells its production, the deferred months more."""

from __future__ import annotations

from clients.participants.neocloud import Neocloud, NeocloudParams
from tests.clients.market import FAR, NEAR, Market


def test_production_is_sold_and_tilted_to_later_months() -> None:
    """100 GPUs at 80 % make 58,400 hours a month, 80 lots; a tilt of 0.5 splits them 64 and 96."""
    market = Market()
    params = NeocloudParams(
        fleet_gpus=100, utilisation=0.8, hedge_ratio=1, build_s=1, tilt=0.5, clip_lots=100
    )
    cloud = Neocloud("cloud", 1, params)
    cloud.on_start(market.view, market.now_ns)
    market.quote(NEAR, 279, 281)
    market.quote(FAR, 276, 278)
    market.tick(cloud, 2)
    assert market.view.position_lots(NEAR) == -64
    assert market.view.position_lots(FAR) == -96
    assert cloud.report().figures["hedged part"] == 1.0


def test_a_bid_far_below_the_curve_is_not_hit() -> None:
    market = Market(index=2.8)
    params = NeocloudParams(build_s=1, max_cost=0.05, instruments=NEAR)
    cloud = Neocloud("cloud", 1, params)
    cloud.on_start(market.view, market.now_ns)
    market.quote(NEAR, 250, 252)
    assert market.tick(cloud, 2) == []
    market.quote(NEAR, 270, 272)
    assert market.tick(cloud, 2)
