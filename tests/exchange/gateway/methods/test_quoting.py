"""Mass quotes through a real core, against a dictionary of what each message leaves standing."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from exchange.core import invariants
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, State
from tests.exchange.gateway.methods.desk import ALICE, BOB, CAROL, FAR, NEAR, Desk, refusal
from tests.exchange.gateway.methods.test_quote_levels import POST, REJECT, quote, side


def quotes(desk: Desk, account: int, *given: dict[str, Any], **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = desk.call(
        account, "private/mass_quote", quotes=list(given), detailed=True, **params
    )
    assert answer["errors_count"] == len(answer["errors"])
    return answer


def standing(desk: Desk, account: int) -> dict[tuple[str, str, float], int]:
    """Instrument, direction and price of each open order -> what is open of it."""
    orders = desk.call(account, "private/get_open_orders")
    found = {
        (one["instrument_name"], one["direction"], one["price"]): one["amount"]
        - one["filled_amount"]
        for one in orders
    }
    assert len(found) == len(orders)
    return found


def ids(desk: Desk, account: int) -> dict[float, str]:
    orders = desk.call(account, "private/get_open_orders")
    return {one["price"]: one["order_id"] for one in orders}


@pytest.mark.parametrize("seed", range(6))
def test_each_message_replaces_what_it_names_and_leaves_the_rest(desk: Desk, seed: int) -> None:
    """The second implementation is a dictionary; the parameter's value is the seed."""
    random = Random(seed)
    expected: dict[str, dict[tuple[str, str, float], int]] = {NEAR: {}, FAR: {}}
    for _ in range(25):
        named = random.sample([NEAR, FAR], random.randint(1, 2))
        given = []
        for name in named:
            bids = random.sample(range(260, 280), random.randint(0, 4))
            asks = random.sample(range(281, 300), len(bids))
            expected[name] = {}
            given.append(quote(name))
            for bid, ask in zip(bids, asks, strict=True):
                amounts = [random.randint(1, 9), random.randint(1, 9)]
                given.append(
                    quote(name, bid=side(bid / 100, amounts[0]), ask=side(ask / 100, amounts[1]))
                )
                expected[name][name, "buy", bid / 100] = amounts[0]
                expected[name][name, "sell", ask / 100] = amounts[1]
        random.shuffle(given)
        assert quotes(desk, BOB, *given)["errors"] == []
        assert standing(desk, BOB) == expected[NEAR] | expected[FAR]
        for name in (NEAR, FAR):
            book = desk.call(ALICE, "public/get_order_book", instrument_name=name, depth=100)
            levels = {("buy", p): a for p, a in book["bids"]}
            levels |= {("sell", p): a for p, a in book["asks"]}
            assert levels == {key[1:]: amount for key, amount in expected[name].items()}
    assert invariants.violations(desk.core) == []


def test_a_quote_that_stays_keeps_its_place_unless_it_grows(desk: Desk) -> None:
    quotes(desk, BOB, quote(bid=side(2.7, 5)), quote(bid=side(2.69, 5)))
    desk.buy(CAROL, 5, 2.7)
    desk.buy(CAROL, 5, 2.69)
    before = ids(desk, BOB)
    answer = quotes(desk, BOB, quote(bid=side(2.7, 4)), quote(bid=side(2.69, 6)))
    assert ids(desk, BOB) == before
    assert [(one["price"], one["amount"]) for one in answer["orders"]] == [(2.7, 4), (2.69, 6)]
    sold = desk.call(ALICE, "private/sell", instrument_name=NEAR, amount=10, price=2.69)
    assert [(t["price"], t["amount"]) for t in sold["trades"]] == [(2.7, 4), (2.7, 5), (2.69, 1)]
    assert standing(desk, BOB) == {(NEAR, "buy", 2.69): 6}


def test_the_answer_tells_what_was_entered_amended_cancelled_and_traded(desk: Desk) -> None:
    desk.sell(ALICE, 2, 2.8)
    first = quotes(desk, BOB, quote(bid=side(2.7, 5), ask=side(2.9, 5)), quote_id="17")
    assert first["quote_id"] == "17"
    assert [(o["direction"], o["order_state"]) for o in first["orders"]] == [
        ("buy", "open"),
        ("sell", "open"),
    ]
    assert {(o["quote"], o["mmp"], o["label"]) for o in first["orders"]} == {(True, False, "")}
    again = quotes(desk, BOB, quote(bid=side(2.7, 5), ask=side(2.9, 5)))
    assert (again["orders"], again["trades"]) == ([], [])
    assert "quote_id" not in again
    desk.buy(BOB, 1, 2.6)
    last = quotes(desk, BOB, quote(bid=side(2.8, 3), ask=side(2.9, 4)))
    told = [(o["price"], o["order_state"], o["filled_amount"]) for o in last["orders"]]
    assert told == [(2.7, "cancelled", 0), (2.8, "open", 2), (2.9, "open", 0)]
    (trade,) = last["trades"]
    assert (trade["price"], trade["amount"], trade["liquidity"]) == (2.8, 2, "T")
    assert trade["order_id"] == last["orders"][1]["order_id"]
    assert desk.call(BOB, "private/mass_quote", quotes=[quote()]) == {
        "errors_count": 0,
        "errors": [],
    }
    # The order that is no quote is left alone.
    assert standing(desk, BOB) == {(NEAR, "buy", 2.6): 1}


def test_post_only_moves_a_quote_or_refuses_it_alone(desk: Desk) -> None:
    desk.sell(ALICE, 2, 2.8)
    moved = quotes(desk, BOB, quote(bid=side(2.85, 1, **POST), ask=side(2.9, 1, **POST)))
    assert moved["errors"] == []
    assert standing(desk, BOB) == {(NEAR, "buy", 2.79): 1, (NEAR, "sell", 2.9): 1}
    refused = quotes(desk, BOB, quote(bid=side(2.8, 1, **REJECT), ask=side(2.91, 1, **REJECT)))
    (error,) = refused["errors"]
    assert (error["instrument_name"], error["side"], error["price"]) == (NEAR, "bid", 2.8)
    assert (error["error"]["code"], error["error"]["data"]["param"]) == (11054, "post_only")
    assert standing(desk, BOB) == {(NEAR, "sell", 2.91): 1}


def test_a_price_outside_the_band_refuses_its_instrument_and_no_other(desk: Desk) -> None:
    quotes(desk, BOB, quote(bid=side(2.7, 5)), quote(FAR, bid=side(2.7, 5)))
    answer = quotes(
        desk, BOB, quote(bid=side(2.75, 1), ask=side(2.4, 1) | {"price": 3.2}), quote(FAR)
    )
    assert answer["errors"] == []
    assert standing(desk, BOB) == {(NEAR, "buy", 2.75): 1, (NEAR, "sell", 3.2): 1}
    answer = quotes(
        desk, BOB, quote(bid=side(3.2, 1)), quote(bid=side(2.76, 1)), quote(FAR, bid=side(2.7, 5))
    )
    told = [(e["side"], e["price"], e["error"]["code"]) for e in answer["errors"]]
    assert told == [("bid", 3.2, 10007), ("bid", 2.76, 10007)]
    for error in answer["errors"]:
        assert error["instrument_name"] == NEAR
        assert error["error"]["data"]["limit"] == 3.08
        assert "or another one" in error["error"]["data"]["reason"]
    assert standing(desk, BOB) == {
        (NEAR, "buy", 2.75): 1,
        (NEAR, "sell", 3.2): 1,
        (FAR, "buy", 2.7): 5,
    }


def test_margin_and_limits_refuse_one_quote_alone(desk: Desk) -> None:
    answer = quotes(desk, BOB, quote(bid=side(2.7, 6_000), ask=side(2.9, 10)))
    (error,) = answer["errors"]
    assert (error["side"], error["error"]["code"]) == ("bid", 10021)
    assert error["error"]["data"]["limit"] == 5_000
    assert standing(desk, BOB) == {(NEAR, "sell", 2.9): 10}
    assert invariants.violations(desk.core) == []


def test_an_instrument_that_takes_no_orders_lets_quotes_be_withdrawn(desk: Desk) -> None:
    quotes(desk, BOB, quote(bid=side(2.7, 5), ask=side(2.9, 5)))
    desk.apply([Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.HALTED)])
    answer = quotes(desk, BOB, quote(bid=side(2.6, 5), ask=side(2.8, 5)))
    assert [error["error"]["code"] for error in answer["errors"]] == [10012, 10012]
    assert len(standing(desk, BOB)) == 2
    assert quotes(desk, BOB, quote())["errors"] == []
    assert standing(desk, BOB) == {}


@pytest.mark.parametrize(
    ("params", "left"),
    [
        ({"cancel_type": "all"}, []),
        ({"cancel_type": "currency", "currency": "GPU1"}, []),
        ({"cancel_type": "currency", "currency": "H100"}, [NEAR, FAR]),
        ({"cancel_type": "instrument", "instrument_name": NEAR}, [FAR]),
        ({"cancel_type": "instrument_kind", "kind": "future"}, []),
        ({"cancel_type": "instrument_kind", "kind": "option"}, [NEAR, FAR]),
        ({"cancel_type": "currency", "currency": "any", "kind": "spot"}, [NEAR, FAR]),
    ],
)
def test_quotes_are_cancelled_as_asked_and_orders_never(
    desk: Desk, params: dict[str, Any], left: list[str]
) -> None:
    quotes(desk, BOB, *(quote(name, bid=side(2.7, 5), ask=side(2.9, 5)) for name in (NEAR, FAR)))
    quotes(desk, CAROL, quote(bid=side(2.7, 5)))
    own = desk.buy(BOB, 1, 2.7)
    count = desk.call(BOB, "private/cancel_quotes", **params)
    assert count == 4 - 2 * len(left)
    orders = desk.call(BOB, "private/get_open_orders")
    assert sorted({o["instrument_name"] for o in orders if o.get("quote")}) == left
    assert own["order_id"] in [one["order_id"] for one in orders]
    assert len(desk.call(CAROL, "private/get_open_orders")) == 1


@pytest.mark.parametrize(
    ("params", "param", "reason"),
    [
        ({"cancel_type": "delta"}, "cancel_type", "offered: all, currency, instrument"),
        ({"cancel_type": "instrument"}, "instrument_name", "is required"),
        ({"cancel_type": "currency"}, "currency", "is required"),
        ({"cancel_type": "instrument_kind"}, "kind", "is required"),
        ({"cancel_type": "all", "currency": "GPU1"}, "currency", "does not go with"),
        ({"cancel_type": "currency", "instrument_name": NEAR}, "instrument_name", "does not go"),
        ({"cancel_type": "all", "kind": "future"}, "kind", "does not go with"),
        ({"cancel_type": "currency", "currency": "BTC"}, "currency", "invalid currency"),
    ],
)
def test_a_cancelling_that_is_unclear_changes_nothing(
    desk: Desk, params: dict[str, Any], param: str, reason: str
) -> None:
    quotes(desk, BOB, quote(bid=side(2.7, 5)))
    code, named, said = refusal(desk, BOB, "private/cancel_quotes", **params)
    assert (code, named) == (-32602, param)
    assert reason in said
