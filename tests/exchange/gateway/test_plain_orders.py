"""The short way of plain orders gives the general way's command, or stands aside."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.core.commands import Command
from exchange.gateway import plain_orders
from exchange.gateway.decode import Refused, decode_params, decode_request
from exchange.gateway.errors import RpcError
from exchange.gateway.plain_orders import PlainOrders
from exchange.gateway.rpc import METHODS, Context, Sequenced
from tests.exchange.gateway.methods.desk import ALICE, BOB, NEAR, Desk

ORDER = '"instrument_name":"%s","amount":%s,"price":%s'


@pytest.fixture
def desk() -> Desk:
    """Three funded accounts, GPU1 for two months and a perpetual, all open."""
    return Desk()


def order(amount: str = "3", price: str = "2.81", more: str = "", name: str = NEAR) -> str:
    params = ORDER % (name, amount, price)
    return f'{{"jsonrpc":"2.0","id":7,"method":"private/buy","params":{{{params}{more}}}}}'


def short_way(desk: Desk, message: str | bytes, account: int = ALICE) -> list[Command] | None:
    request = plain_orders.read(message)
    if request is None:
        return None
    asked = PlainOrders(cast(Any, desk)).ask(request, account)
    return None if asked is None else asked.commands


def general_way(desk: Desk, message: str | bytes, account: int = ALICE) -> list[Command] | None:
    """Return the commands; None where it refuses."""
    try:
        request = decode_request(message)
        method = METHODS[request.method]
        params, token = decode_params(method, request.params)
        assert token is None
        context = Context(None, cast(Any, desk), account, None, desk.ts_ns)
        asked = method.handler(context, params)
    except (Refused, RpcError, KeyError):
        return None
    return asked.commands if isinstance(asked, Sequenced) else None


PLAIN = [
    order(),
    order("1", "2.810"),
    order("1", "3"),
    order(more=',"type":"limit"'),
    order(more=',"label":"a b"'),
    order(more=',"label":"gr\\u00fcn"'),
    order(more=',"label":"grün"'),
    order(more=',"time_in_force":"fill_or_kill","post_only":false'),
    order(more=',"post_only":true,"label":""').replace("buy", "sell"),
    order().replace('"jsonrpc":"2.0",', ""),
    order().replace('"id":7,', ""),
    order().replace('"id":7,', '"id":"text",'),
    order("  3 ", " 2.81 "),
]


@pytest.mark.parametrize("message", PLAIN)
@pytest.mark.parametrize("encode", [str, str.encode])
def test_a_plain_order_is_taken_as_the_general_way_takes_it(
    desk: Desk, message: str, encode: Any
) -> None:
    expected = general_way(desk, encode(message))
    assert expected is not None
    assert short_way(desk, encode(message)) == expected


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "[" * 10_000,
        "nonsense",
        b'{"id":1,"method":"private/buy","params":{"label":"\xff"}}',
        '{"id":1,"method":"public/test"}',
        order().replace("private/buy", "private/nothing"),
        order().replace('"id":7', '"id":7,"id":8'),
        order().replace('"id":7', '"id":9223372036854775808'),
        order().replace('"id":7', '"id":null'),
        order().replace('"id":7', '"id":7,"more":1'),
        order(more=',"amount":4'),
        order(more=',"price":2.81'),
        order(more=',"label":"a:b"'),
        order(more=',"label":"tab\\t"'),
        order(more=f',"label":"{"x" * 65}"'),
        order(more=',"type":"market"'),
        order(more=',"type":"stop"'),
        order(more=',"reduce_only":true'),
        order(more=',"post_only":true,"reject_post_only":true'),
        order(more=',"post_only":true,"time_in_force":"fill_or_kill"'),
        order(more=',"display_amount":1'),
        order(more=',"type":"stop_limit","trigger":"mark_price","trigger_price":2.9'),
        order(more=',"self_trade_prevention":"decrement"'),
        order(more=',"time_in_force":"good_til_date","expiration_timestamp":1800000000000'),
        order(more=',"linked_order_type":"one_cancels_other","otoco_config":[]'),
        order(more=',"access_token":"x"'),
        order(more=',"contracts":3'),
        order(more=',"time_in_force":"good_til_day"'),
        order(more=',"label":null'),
        order(name="NO-SUCH"),
        *(order(amount) for amount in ("0", "-1", "1.0", '"3"', "1e2", "true", "null", str(2**63))),
        *(
            order(price=price)
            for price in (
                "2.8101",
                "-1",
                "NaN",
                "Infinity",
                "1e0",
                '"2.81"',
                "null",
                "[]",
                "9" * 13,
            )
        ),
    ],
)
def test_what_is_not_plain_is_left_to_the_general_way(desk: Desk, message: str | bytes) -> None:
    before = desk.views.snapshot()
    assert short_way(desk, message) is None
    assert desk.views.snapshot() == before


def test_only_the_owners_open_order_is_cancelled(desk: Desk) -> None:
    mine = desk.buy(ALICE, 1, 2.79)["order_id"]

    def cancel(order_id: str) -> str:
        return f'{{"id":1,"method":"private/cancel","params":{{"order_id":"{order_id}"}}}}'

    taken = short_way(desk, cancel(mine))
    assert taken is not None
    assert taken == general_way(desk, cancel(mine))
    assert short_way(desk, cancel(mine), BOB) is None
    family, _, digits = mine.rpartition("-")
    for other in (digits, f"X-{digits}", f"{family}-", f"{family}-9", f"{family}-²", "9" * 65):
        assert short_way(desk, cancel(other)) is None
        assert general_way(desk, cancel(other)) is None
    desk.apply(taken)
    assert short_way(desk, cancel(mine)) is None


def test_a_price_is_remembered_by_its_instrument(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_orders, "MAX_PRICES", 3)
    orders = PlainOrders(cast(Any, desk))
    for price in ("2.81", "2.82", "2.83", "2.84", "2.81", "2.84"):
        for name in desk.instruments:
            request = plain_orders.read(order(price=price, name=name))
            assert request is not None
            asked = orders.ask(request, ALICE)
            assert asked is not None
            assert asked.commands == general_way(desk, order(price=price, name=name))


VALUES = st.sampled_from(
    ["1", "0", "2.81", '"2.81"', "2.8100", "1e0", "null", "true", '"limit"', '"x"', "{}", '"a:b"']
)
FIELDS = st.sampled_from(
    ["amount", "price", "type", "label", "time_in_force", "post_only", "reduce_only", "contracts"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    outer=st.lists(
        st.sampled_from(['"id":1', '"id":2', '"jsonrpc":"2.0"', '"jsonrpc":2']), max_size=3
    ),
    inner=st.lists(st.tuples(FIELDS, VALUES), max_size=4),
    plain=st.booleans(),
)
def test_both_ways_agree(
    desk: Desk, outer: list[str], inner: list[tuple[str, str]], plain: bool
) -> None:
    fields = [f'"instrument_name":"{NEAR}"', *(f'"{name}":{value}' for name, value in inner)]
    if plain:
        fields += ['"amount":2', '"price":2.8']
    body = [*outer, '"method":"private/sell"', f'"params":{{{",".join(fields)}}}']
    message = "{" + ",".join(body) + "}"
    taken = short_way(desk, message)
    if taken is not None:
        assert taken == general_way(desk, message), msgspec.json.encode(message)
