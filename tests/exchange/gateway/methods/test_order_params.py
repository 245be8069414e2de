"""What decodes as a new order, and what not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.gateway.errors import RpcError
from exchange.gateway.methods.order_params import LinkedOrder, OrderParams, Terms
from tests.exchange.gateway.methods.desk import ALICE, Desk

LINKED = {"direction": "sell", "price": 2.9}


def decode(**params: Any) -> OrderParams:
    body = {"instrument_name": "X", "amount": 1, **params}
    return msgspec.json.decode(msgspec.json.encode(body), type=OrderParams)


def test_a_linked_order_may_say_all_that_a_first_one_may() -> None:
    extra = {field.name for field in msgspec.structs.fields(LinkedOrder)} - {
        field.name for field in msgspec.structs.fields(Terms)
    }
    assert extra == {"direction"}


def test_one_to_eight_linked_orders() -> None:
    assert len(decode(otoco_config=[LINKED] * 8).otoco_config or ()) == 8
    for wrong in ([], [LINKED] * 9, [{}], [{**LINKED, "otoco_config": []}], LINKED, [None]):
        with pytest.raises(msgspec.ValidationError):
            decode(otoco_config=wrong)


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("type", "iceberg"),
        ("time_in_force", "good_til_week"),
        ("trigger", "bid_price"),
        ("self_trade_prevention", "yes"),
        ("linked_order_type", "bracket"),
        ("trigger_fill_condition", "now"),
    ],
)
def test_a_word_that_is_not_offered_is_told_those_that_are(
    desk: Desk, param: str, value: str
) -> None:
    params = {"instrument_name": "GPU1-30NOV26", "amount": 1, "price": 2.8, param: value}
    if param == "trigger":
        params |= {"type": "stop_limit", "trigger_price": 2.9}
    if param == "trigger_fill_condition":
        params |= {"linked_order_type": "one_cancels_other", "otoco_config": [LINKED]}
    with pytest.raises(RpcError) as raised:
        desk.call(ALICE, "private/buy", **params)
    assert (raised.value.code, raised.value.data["param"]) == (-32602, param)
    assert str(raised.value.data["reason"]).startswith("offered: ")
