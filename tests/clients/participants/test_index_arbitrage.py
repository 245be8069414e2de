"""Which contracts an index arbitrageur pairs."""

from __future__ import annotations

import pytest

from clients.participants.index_arbitrage import IndexArbitrage, IndexArbitrageParams
from clients.view import MarketView
from tests.clients.market import listed


def test_both_accelerators_by_month() -> None:
    names = ["GPU1-A", "GPU1-B", "GPU2-A", "HPR-A", "HPR-B", "BKL-A", "BKL-B"]
    months = {"A": 1, "B": 2}
    view = MarketView(
        {name: listed(name, number, months[name[-1]]) for number, name in enumerate(names)}
    )
    trader = IndexArbitrage("arb", 1, IndexArbitrageParams())
    pairs = [(one.name, two.name) for one, two in trader.pairs(view)]
    assert pairs == [("GPU1-A", "HPR-A"), ("GPU2-A", "BKL-A"), ("GPU1-B", "HPR-B")]
    assert trader.instruments(view) == ["GPU1-A", "HPR-A", "GPU2-A", "BKL-A", "GPU1-B", "HPR-B"]


def test_a_wrong_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="pairs"):
        IndexArbitrage("arb", 1, IndexArbitrageParams(pairs="GPU1-HPR"))
