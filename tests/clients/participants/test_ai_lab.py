"""The AI lab buys the near months only."""

from __future__ import annotations

from clients.participants.ai_lab import AiLab, AiLabParams
from tests.clients.market import FAR, NEAR, PERPETUAL, Market


def test_only_the_hedged_months_are_bought() -> None:
    market = Market()
    lab = AiLab("lab", 1, AiLabParams(gpu_hours=14_600, hedge_ratio=0.5, build_s=1, months=1))
    lab.on_start(market.view, market.now_ns)
    for name in (NEAR, FAR, PERPETUAL):
        market.quote(name, 279, 281)
    for _ in range(3):
        market.tick(lab)
    assert market.view.position_lots(NEAR) == 10
    assert market.view.position_lots(FAR) == 0
    assert market.view.position_lots(PERPETUAL) == 0
