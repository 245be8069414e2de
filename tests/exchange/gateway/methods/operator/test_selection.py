"""Exact amounts and near prices, at their edges."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange.gateway.errors import RpcError
from exchange.gateway.methods.operator.selection import (
    account_named,
    check_near,
    chosen_instruments,
    micros,
    one_instrument,
)
from exchange.venue import Venue
from tests.exchange.gateway.methods.desk import FAR, NEAR, PERPETUAL
from tests.exchange.gateway.methods.operator.control_room import ControlRoom

MOST = 10**15


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1", 1_000_000),
        ("-0.000001", -1),
        ("1e9", MOST),
        ("-1000000000", -MOST),
        ("0.10", 100_000),
        ("0E+40", 0),
    ],
)
def test_dollars_become_micros_exactly(text: str, amount: int) -> None:
    assert micros(Decimal(text), MOST, "amount") == amount


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "-sNaN", "1e-7", "0.0000001", "1000000001", "1e999999", "1e-999999"],
)
def test_what_is_not_exact_or_too_much_is_refused(text: str) -> None:
    with pytest.raises(RpcError) as raised:
        micros(Decimal(text), MOST, "deposit")
    assert raised.value.code == -32602
    assert raised.value.data["param"] == "deposit"


@pytest.mark.parametrize(
    ("price", "former", "near"),
    [(200, 100, True), (50, 100, True), (201, 100, False), (49, 100, False), (1, 10**12, False)],
)
def test_a_factor_of_two_either_way_is_near(price: int, former: int, near: bool) -> None:
    if near:
        check_near(price, former, "price", "the mark", force=False)
    else:
        with pytest.raises(RpcError, match="price_not_allowed"):
            check_near(price, former, "price", "the mark", force=False)
    check_near(price, former, "price", "the mark", force=True)


def test_names_and_families_become_numbers(room: ControlRoom) -> None:
    venue: Venue = room  # type: ignore[assignment]
    assert one_instrument(venue, FAR) == 1
    assert chosen_instruments(venue, PERPETUAL, None) == [2]
    assert chosen_instruments(venue, None, "GPU1") == [0, 1]
    assert chosen_instruments(venue, None, "any") == [0, 1, 2]
    assert account_named(venue, "carol") == 2
    room.do("settle", instrument_name=NEAR, price=2.8, force=True)
    assert chosen_instruments(venue, None, "GPU1") == [1]
    for call, code in (
        (lambda: one_instrument(venue, NEAR), 10012),
        (lambda: one_instrument(venue, "GPU9"), 13020),
        (lambda: chosen_instruments(venue, None, None), -32602),
        (lambda: chosen_instruments(venue, FAR, "GPU1"), -32602),
        (lambda: chosen_instruments(venue, None, "GPU9"), -32602),
        (lambda: account_named(venue, "dave"), 13020),
    ):
        with pytest.raises(RpcError) as raised:
            call()
        assert raised.value.code == code
