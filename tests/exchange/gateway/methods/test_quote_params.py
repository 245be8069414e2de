"""What a mass quote may look like before anything is known of the market."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from exchange.gateway.decode import decode_params
from exchange.gateway.errors import RpcError
from exchange.gateway.rpc import METHODS
from matching.layout import MAX_QUOTES
from tests.exchange.gateway.methods.desk import NEAR

BID = {"price": 2.7, "amount": 1}
MASS_QUOTE = METHODS["private/mass_quote"]


def decoded(content: object) -> Any:
    return decode_params(MASS_QUOTE, msgspec.Raw(msgspec.json.encode(content)))[0]


def test_prices_are_taken_exactly() -> None:
    (quote,) = decoded({"quotes": [{"instrument_name": NEAR, "bid": BID}]}).quotes
    assert (quote.bid.price, quote.bid.amount, quote.ask) == (Decimal("2.7"), Decimal(1), None)


@pytest.mark.parametrize(
    ("quote", "param"),
    [
        ({"instrument_name": NEAR, "bid": {"price": "1_0", "amount": 1}}, "quotes[0].bid.price"),
        ({"instrument_name": NEAR, "ask": {"price": 1, "amount": " 1"}}, "quotes[0].ask.amount"),
        ({"instrument_name": NEAR, "ask": {"price": 1}}, "quotes[0].ask.amount"),
        ({"instrument_name": NEAR, "bid": {**BID, "side": 1}}, "quotes[0].bid.side"),
        ({"instrument_name": NEAR, "bid": 5}, "quotes[0].bid"),
        ({"instrument_name": NEAR, "quote_set_id": "a"}, "quotes[0].quote_set_id"),
        ({"bid": BID}, "quotes[0].instrument_name"),
    ],
)
def test_the_field_at_fault_is_named(quote: dict[str, Any], param: str) -> None:
    with pytest.raises(RpcError) as raised:
        decoded({"quotes": [quote]})
    assert raised.value.code == -32602
    named = str(raised.value.data["param"]).replace("[...]", "[0]")
    assert named == param


@pytest.mark.parametrize("number", [0, MAX_QUOTES + 1])
def test_a_message_has_one_quote_at_least_and_64_at_most(number: int) -> None:
    with pytest.raises(RpcError) as raised:
        decoded({"quotes": [{"instrument_name": NEAR, "bid": BID}] * number})
    assert raised.value.data["param"] == "quotes"
