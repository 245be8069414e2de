"""The dialect's words against the floor's codes, and ccxt's reading of them."""

from __future__ import annotations

import ccxt
import pytest

from exchange.core.layout import Instruction
from exchange.gateway.methods.order_words import (
    CANCELLED_TYPES,
    LINKS,
    OPEN_ORDER_TYPES,
    ORDER_STATE_NAMES,
    ORDER_TYPES,
    PREVENTION_NAMES,
    PREVENTIONS,
    TIME_IN_FORCE_NAMES,
    TIMES_IN_FORCE,
    TRIGGER_NAMES,
    TRIGGERS,
    prevention_of,
    source_of,
    taken_as,
    type_name,
)
from exchange.views.orders import OrderState
from matching.layout import (
    INSTRUCTION_SHIFT,
    Link,
    Prevention,
    Side,
    TimeInForce,
    TriggerSource,
    TriggerWhen,
    pack_terms,
)


def test_every_code_has_its_word() -> None:
    assert set(ORDER_STATE_NAMES) == set(OrderState)
    assert set(TIME_IN_FORCE_NAMES) == set(TimeInForce)
    assert set(TRIGGER_NAMES) == set(TriggerSource) - {TriggerSource.NONE}
    assert set(PREVENTION_NAMES) == set(Prevention) - {Prevention.NONE}
    assert set(LINKS.values()) == set(Link) - {Link.NONE}
    for names, codes in (
        (TIME_IN_FORCE_NAMES, TIMES_IN_FORCE),
        (TRIGGER_NAMES, TRIGGERS),
        (PREVENTION_NAMES, PREVENTIONS),
    ):
        assert {name: code for code, name in names.items()} == codes


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("name", list(ORDER_TYPES))
def test_a_type_is_read_back_from_the_word_that_the_core_keeps(name: str, side: Side) -> None:
    kind = ORDER_TYPES[name]
    when = kind.sell_when if side else kind.buy_when
    source = TriggerSource.INDEX if kind.triggered else TriggerSource.NONE
    terms = pack_terms(
        side,
        TimeInForce.DAY,
        kind.instructions | Instruction.REDUCE_ONLY,
        prevention=Prevention.DECREMENT,
        source=source,
        when=when or 0,
        trailing=kind.trailing,
    )
    word = terms >> INSTRUCTION_SHIFT
    assert type_name(word, side) == name
    assert (source_of(word), prevention_of(word)) == (source, Prevention.DECREMENT)
    assert taken_as(word) == ("market" if kind.market and name != "market_limit" else "limit")


def test_stops_and_takes_wait_for_opposite_directions() -> None:
    """Deribit: a stop buy triggers at or above its price, a take buy at or below; sells the other way."""
    for name, buy, sell in (
        ("stop_limit", TriggerWhen.RISES, TriggerWhen.FALLS),
        ("stop_market", TriggerWhen.RISES, TriggerWhen.FALLS),
        ("take_limit", TriggerWhen.FALLS, TriggerWhen.RISES),
        ("take_market", TriggerWhen.FALLS, TriggerWhen.RISES),
        ("trailing_stop", TriggerWhen.RISES, TriggerWhen.FALLS),
    ):
        assert (ORDER_TYPES[name].buy_when, ORDER_TYPES[name].sell_when) == (buy, sell)


def test_filters_name_known_types_only() -> None:
    for filters in (OPEN_ORDER_TYPES, CANCELLED_TYPES):
        assert all(types and types <= set(ORDER_TYPES) for types in filters.values())
        assert filters["all"] == set(ORDER_TYPES)
        assert filters["trigger_all"] == set(ORDER_TYPES) - {"limit", "market", "market_limit"}


def test_ccxt_knows_the_states_and_types() -> None:
    exchange = ccxt.deribit()
    for state in (*ORDER_STATE_NAMES.values(), "untriggered"):
        assert exchange.parse_order_status(state) in ("open", "closed", "canceled")
    for name in ("stop_limit", "stop_market", "take_limit", "take_market"):
        assert exchange.parse_order_type(name) == name.partition("_")[2]
