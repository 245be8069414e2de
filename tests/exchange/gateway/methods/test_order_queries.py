"""Own orders: state, open ones, history; filters and bounds."""

from __future__ import annotations

from tests.exchange.gateway.methods.desk import ALICE, BOB, FAR, NEAR, PERPETUAL, Desk, refusal


def names(orders: list[dict[str, object]]) -> list[object]:
    return [order["label"] for order in orders]


def test_order_state_is_the_owners_alone(desk: Desk) -> None:
    order = desk.buy(ALICE, 3, 2.7, label="x")
    assert desk.call(ALICE, "private/get_order_state", order_id=order["order_id"]) == order
    told = refusal(desk, BOB, "private/get_order_state", order_id=order["order_id"])
    assert told[0] == 10004
    assert desk.call(ALICE, "private/get_order_state_by_label", label="x") == [order]
    asked = {"label": "x", "currency": "H100"}
    assert desk.call(ALICE, "private/get_order_state_by_label", **asked) == []
    assert desk.call(BOB, "private/get_order_state_by_label", label="x") == []


def test_open_orders_by_everything(desk: Desk) -> None:
    for label, name in (("a", NEAR), ("b", FAR), ("c", PERPETUAL), ("d", NEAR)):
        desk.buy(ALICE, 1, 2.7, instrument_name=name, label=label)
    desk.buy(BOB, 1, 2.7, label="theirs")

    def ask(method: str, **params: object) -> list[object]:
        return names(desk.call(ALICE, f"private/get_open_orders{method}", **params))

    assert ask("") == ask("_by_currency", currency="any") == ["a", "b", "c", "d"]
    assert ask("_by_currency", currency="GPU1") == ["a", "b", "d"]
    assert ask("_by_currency", currency="H100", kind="future") == ["c"]
    assert ask("_by_currency", currency="H100", kind="option") == []
    assert ask("", kind="spot") == []
    assert ask("_by_instrument", instrument_name=NEAR) == ["a", "d"]
    assert ask("_by_label", label="b") == ["b"]
    assert ask("_by_label", label="b", currency="H100") == []
    assert ask("_by_label", label="theirs") == []
    told = refusal(desk, ALICE, "private/get_open_orders", type="stop")
    assert told[:2] == (-32602, "type")
    assert told[2].startswith("offered: all, limit, trigger_all, stop_all, stop_limit")


def test_history_is_latest_first_and_without_the_unfilled_unless_asked(desk: Desk) -> None:
    for number in range(4):
        desk.sell(BOB, 1, 2.8, label=f"s{number}")
        desk.buy(ALICE, 1, 2.8, label=f"b{number}")
    lost = desk.buy(ALICE, 1, 2.7, label="lost")
    desk.call(ALICE, "private/cancel", order_id=lost["order_id"])
    desk.buy(ALICE, 1, 2.7, label="open")
    asked = {"instrument_name": NEAR}
    method = "private/get_order_history_by_instrument"
    assert names(desk.call(ALICE, method, **asked)) == ["b3", "b2", "b1", "b0"]
    page = {**asked, "count": 2, "offset": 1, "include_unfilled": True, "include_old": True}
    assert names(desk.call(ALICE, method, **page)) == ["b3", "b2"]
    method = "private/get_order_history_by_currency"
    everything = desk.call(ALICE, method, currency="GPU1", include_unfilled=True)
    assert names(everything) == ["lost", "b3", "b2", "b1", "b0"]
    assert {order["order_state"] for order in everything} == {"filled", "cancelled"}
    assert desk.call(ALICE, method, currency="H100") == []
    assert desk.call(ALICE, method, currency="any", kind="option") == []
