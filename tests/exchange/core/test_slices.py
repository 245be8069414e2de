"""How much a step offers: no lot more than it takes to be whole, found again by trying each size."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.commands import Command
from exchange.core.default_terms import DefaultTerms
from exchange.core.layout import CommandKind
from exchange.core.slices import first_whole, slice_lots
from tests.exchange.core.lab import BUY, SELL, USD, Lab, spec, submit


def set_share(lab: Lab, ppm: int) -> None:
    text = msgspec.json.encode(DefaultTerms(slice_ppm=ppm)).decode()
    lab.do(Command(CommandKind.SET_MARGIN_TERMS, text=text))


@given(st.integers(-500, -1), st.integers(-9, 9), st.integers(0, 9), st.integers(1, 60))
def test_the_first_whole_size_is_that_of_a_search_through_all(
    start: int, gain: int, bend: int, most: int
) -> None:
    def excess(lots: int) -> int:
        return start + 30 * gain * lots - bend * lots * lots

    found = [lots for lots in range(1, most + 1) if excess(lots) >= 0]
    assert first_whole(excess, most) == min(found, default=most)


@pytest.mark.parametrize("side", [BUY, SELL])
@pytest.mark.parametrize("best", [0, 3, 9])
def test_one_lot_less_would_not_have_been_enough(side: int, best: int) -> None:
    sizes = []
    for shortfall in range(2):
        lab = Lab(spec(), deposits=(50_000 * USD, 10**7 * USD))
        sign = 1 - 2 * side
        buyer, seller = (0, 1) if side == BUY else (1, 0)
        lab.trade(buyer, seller, 300, 100)
        set_share(lab, 1_000_000)
        mark_ticks = 300 - 30 * sign
        lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=mark_ticks))
        price = mark_ticks - best * sign
        lab.order(submit(1, side, price, 100))
        lots = slice_lots(lab.core, 0, 0, price)
        assert 1 < lots < 100
        sizes.append(lots)
        lab.do(submit(0, 1 - side, price, lots - shortfall, tif=1))
        assert lab.lots(0) == sign * (100 - lots + shortfall)
        assert (lab.cash(0) >= lab.initial(0)) == (shortfall == 0)
    assert sizes[0] == sizes[1]


def test_the_share_and_the_largest_order_bound_it_and_one_lot_is_the_least() -> None:
    lab = Lab(spec(max_order_lots=30), deposits=(50_000 * USD, 10**7 * USD))
    for _ in range(4):
        lab.trade(0, 1, 300, 25)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=240))
    set_share(lab, 250_000)
    assert slice_lots(lab.core, 0, 0, 240) == 25
    set_share(lab, 500_000)
    assert slice_lots(lab.core, 0, 0, 240) == 30
    set_share(lab, 1)
    assert slice_lots(lab.core, 0, 0, 240) == 1
