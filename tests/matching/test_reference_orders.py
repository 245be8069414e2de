"""An order's terms, trigger and size, by hand."""

from __future__ import annotations

import pytest

from matching.layout import (
    Instruction,
    Prevention,
    Side,
    TimeInForce,
    TriggerSource,
    TriggerWhen,
    pack_terms,
)
from matching.reference_orders import (
    ReferenceOrder,
    Trigger,
    has,
    instructions_of,
    make_trigger,
    prevention_of,
    side_of,
    source_of,
    tif_of,
    when_of,
)


def test_terms_are_read_as_they_were_packed() -> None:
    terms = pack_terms(
        Side.SELL,
        TimeInForce.GTD,
        Instruction.POST_ONLY | Instruction.REPRICE,
        prevention=Prevention.DECREMENT,
        source=TriggerSource.INDEX,
        when=TriggerWhen.FALLS,
    )
    assert (side_of(terms), tif_of(terms), instructions_of(terms)) == (1, 4, 9)
    assert (prevention_of(terms), source_of(terms), when_of(terms)) == (4, 3, 1)
    assert has(terms, Instruction.REPRICE)
    assert not has(terms, Instruction.MARKET)


@pytest.mark.parametrize(
    ("when", "prices", "triggers"),
    [
        (TriggerWhen.RISES, [100, 104, 97, 99], [105, 105, 102, 102]),
        (TriggerWhen.FALLS, [100, 96, 103, 101], [95, 95, 98, 98]),
    ],
)
def test_a_trailing_trigger_comes_nearer_but_never_goes_away(
    when: TriggerWhen, prices: list[int], triggers: list[int]
) -> None:
    trigger = Trigger(TriggerSource.LAST, when, None, trail_ticks=5)
    assert not trigger.is_reached_by(100)
    followed = []
    for price in prices:
        trigger.follow(price)
        followed.append(trigger.price_ticks)
        assert not trigger.is_reached_by(price)
    assert followed == triggers
    assert trigger.is_reached_by(triggers[-1])


def test_a_fixed_trigger_is_reached_at_its_price_and_beyond() -> None:
    rises = Trigger(TriggerSource.MARK, TriggerWhen.RISES, 10)
    falls = Trigger(TriggerSource.MARK, TriggerWhen.FALLS, 10)
    prices = [None, 9, 10, 11]
    assert [rises.is_reached_by(price) for price in prices] == [False, False, True, True]
    assert [falls.is_reached_by(price) for price in prices] == [False, True, True, False]
    rises.follow(1)
    assert rises.price_ticks == 10


def test_only_terms_with_a_source_make_a_trigger() -> None:
    assert make_trigger(pack_terms(0), 0, 0) is None
    fixed = make_trigger(pack_terms(0, source=TriggerSource.MARK), 7, 0)
    trailing = make_trigger(pack_terms(0, source=TriggerSource.MARK, trailing=True), 0, 3)
    assert fixed is not None
    assert trailing is not None
    assert (fixed.price_ticks, fixed.trailing) == (7, False)
    assert (trailing.price_ticks, trailing.trailing) == (None, True)


def test_an_iceberg_shows_its_part_and_the_rest_when_less_is_open() -> None:
    iceberg = ReferenceOrder(0, 0, 0, 10, 12, display_lots=5)
    iceberg.show()
    assert (iceberg.shown_lots, iceberg.reserve_lots) == (5, 7)
    iceberg.open_lots = 3
    iceberg.show()
    assert (iceberg.shown_lots, iceberg.reserve_lots) == (3, 0)


def test_market_to_limit_becomes_a_limit_order() -> None:
    market = Instruction.MARKET | Instruction.MARKET_TO_LIMIT
    terms = pack_terms(Side.SELL, TimeInForce.GTC, market | Instruction.PROTECTED)
    order = ReferenceOrder(0, terms, 0, 0, 5)
    assert not order.may_rest
    order.become_limit_order(42)
    assert order.terms == pack_terms(Side.SELL, TimeInForce.GTC, Instruction.PROTECTED)
    assert order.price_ticks == 42
    assert order.may_rest
