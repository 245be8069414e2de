"""The schedule of a strip: equal slices in time, and never beyond the cost allowed."""

from __future__ import annotations

import pytest

from clients.participants.ai_lab import AiLab, AiLabParams
from tests.clients.market import FAR, NEAR, START_NS, Market


def test_slices_are_equal_and_end_at_the_whole_hedge() -> None:
    market = Market()
    params = AiLabParams(gpu_hours=73_000, hedge_ratio=1.0, build_s=100)
    lab = AiLab("lab", 1, params)
    lab.on_start(market.view, market.now_ns)
    near = market.view.instruments[NEAR]
    wanted = [lab.scheduled_lots(near, START_NS + second * 10**9) for second in range(0, 151, 10)]
    assert wanted == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100, 100, 100, 100, 100]


def test_a_price_above_the_cap_is_waited_out() -> None:
    market = Market(index=2.8)
    params = AiLabParams(
        gpu_hours=7_300, hedge_ratio=1.0, build_s=1, max_cost=0.1, instruments=NEAR
    )
    lab = AiLab("lab", 1, params)
    lab.on_start(market.view, market.now_ns)
    market.quote(NEAR, 300, 309)
    assert market.tick(lab) == []
    market.quote(NEAR, 300, 308)
    assert market.tick(lab)
    assert market.view.position_lots(NEAR) == 10


def test_too_much_hedge_is_sold_back() -> None:
    market = Market()
    params = AiLabParams(gpu_hours=7_300, hedge_ratio=0.5, build_s=1, instruments=NEAR)
    lab = AiLab("lab", 1, params)
    lab.on_start(market.view, market.now_ns)
    market.quote(NEAR, 279, 281)
    market.hold(NEAR, 8)
    market.tick(lab)
    assert market.view.position_lots(NEAR) == 5


def test_report_gives_hours_part_and_entry_price() -> None:
    market = Market()
    params = AiLabParams(gpu_hours=7_300, hedge_ratio=0.8, build_s=1, months=2)
    lab = AiLab("lab", 1, params)
    lab.on_start(market.view, market.now_ns)
    market.quote(NEAR, 279, 281)
    market.quote(FAR, 274, 276)
    for _ in range(3):
        market.tick(lab)
    figures = lab.report().figures
    assert figures["exposure GPU-hours"] == 14_600
    assert figures["hedged GPU-hours"] == 16 * 730
    assert figures["hedged part"] == pytest.approx(0.8)
    assert figures["entry $/GPU-hour"] == pytest.approx((2.81 + 2.76) / 2)
