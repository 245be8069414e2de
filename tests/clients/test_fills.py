"""Each fill counts once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clients.fills import SeenFills
from clients.messages import Side, UserTrade


def fill(trade: int, order: int) -> UserTrade:
    return UserTrade(
        instrument="X",
        ts_ns=trade * 10,
        trade_id=str(trade),
        trade_seq=trade,
        order_id=str(order),
        label="",
        side=Side.BUY,
        price_ticks=1,
        qty_lots=1,
        fee_micros=0,
        is_maker=True,
    )


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2))))
def test_each_fill_is_first_once(keys: list[tuple[int, int]]) -> None:
    seen, naive = SeenFills(), set[tuple[int, int]]()
    for key in keys:
        assert seen.first(fill(*key)) == (key not in naive)
        naive.add(key)


def test_both_sides_of_a_trade_with_oneself_count() -> None:
    seen = SeenFills()
    assert seen.first(fill(1, 1))
    assert seen.first(fill(1, 2))
    assert seen.last_ns == 10


def test_memory_is_bounded() -> None:
    seen = SeenFills(limit=2)
    assert all(seen.first(fill(number, 0)) for number in range(3))
    assert not seen.first(fill(2, 0))
    assert seen.first(fill(0, 0))
