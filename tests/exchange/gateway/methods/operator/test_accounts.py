"""Accounts, money in and out, and limits, by an operator."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core import layout as at
from exchange.gateway.errors import RpcError
from tests.exchange.gateway.methods.desk import ALICE, BOB
from tests.exchange.gateway.methods.operator.control_room import ControlRoom


def test_an_opened_account_has_its_money_and_trades(room: ControlRoom) -> None:
    result = room.do("open_account", name="dave", deposit="250000.5", max_orders=2)
    assert (result["account"], result["id"], result["deposit"]) == ("dave", 3, 250_000.5)
    summary = room.call(3, "private/get_account_summary", currency="USD")
    assert summary["equity"] == 250_000.5
    for _ in range(2):
        room.buy(3, 1, 2.7)
    with pytest.raises(RpcError, match="pme_max_total_open_orders"):
        room.buy(3, 1, 2.7)
    room.do("set_account_limits", account="dave", max_orders=3)
    room.buy(3, 1, 2.7)


def test_money_goes_in_and_out_to_the_micro_dollar(room: ControlRoom) -> None:
    before = room.call(ALICE, "private/get_account_summary", currency="USD")["equity"]
    result = room.do("transfer", account="alice", amount="0.000001")
    assert (result["amount"], result["equity"]) == (0.000001, before + 0.000001)
    room.do("transfer", account="alice", amount="-0.000001")
    assert room.call(ALICE, "private/get_account_summary", currency="USD")["equity"] == before


def test_what_margin_needs_stays(room: ControlRoom) -> None:
    room.sell(BOB, 10, 2.8)
    room.buy(ALICE, 10, 2.8)
    [alice] = [a for a in room.look("list_accounts")["accounts"] if a["account"] == "alice"]
    free = alice["equity"] - alice["initial_margin"]
    wrong = room.refused("transfer", account="alice", amount=str(-round(free + 0.01, 2)))
    assert (wrong["code"], wrong["venue_reason"]) == (10009, "insufficient_funds")
    room.do("transfer", account="alice", amount=str(-round(free - 0.01, 2)))


def test_a_firm_moves_money_between_its_own_accounts_alone(room: ControlRoom) -> None:
    room.do("open_account", name="desk", belongs_to="alice")
    room.do("open_account", name="algo", belongs_to="desk")
    whole = room.core.venue[at.VENUE_DEPOSITS_MICROS]
    result = room.do("move", account="alice", to_account="algo", amount="1000.000001")
    assert (result["equity"], result["to_equity"]) == (49_998_999.999999, 1_000.000001)
    assert room.core.venue[at.VENUE_DEPOSITS_MICROS] == whole
    shown = {one["account"]: one["belongs_to"] for one in room.look("list_accounts")["accounts"]}
    assert shown == {"alice": None, "bob": None, "carol": None, "desk": "alice", "algo": "desk"}
    for params, code, word in (
        ({"account": "alice", "to_account": "bob", "amount": 1}, 13021, "other_firm"),
        ({"account": "algo", "to_account": "alice", "amount": 1_001}, 10009, "insufficient_funds"),
    ):
        wrong = room.refused("move", **params)
        assert (wrong["code"], wrong["venue_reason"]) == (code, word)


def test_nothing_leaves_an_account_that_is_called(room: ControlRoom) -> None:
    room.do("open_account", name="dave", deposit=70_000)
    room.do("open_account", name="desk", belongs_to="dave")
    room.buy(3, 100, 2.8)
    room.sell(BOB, 100, 2.8)
    room.do("set_mark", currency="GPU1", move_percent=-30)
    for method, params in (
        ("transfer", {"account": "dave", "amount": "-0.000001"}),
        ("move", {"account": "dave", "to_account": "desk", "amount": "0.000001"}),
    ):
        wrong = room.refused(method, **params)
        assert (wrong["code"], wrong["venue_reason"]) == (10009, "insufficient_funds")


WRONG: list[tuple[str, dict[str, Any], int]] = [
    ("open_account", {"name": "alice"}, 11030),
    ("open_account", {"name": ""}, -32602),
    ("open_account", {"name": "a b"}, -32602),
    ("open_account", {"name": "x" * 33}, -32602),
    ("open_account", {"name": "dave", "deposit": -1}, -32602),
    ("open_account", {"name": "dave", "deposit": "1e30"}, -32602),
    ("open_account", {"name": "dave", "deposit": 1_000_000_001}, -32602),
    ("open_account", {"name": "dave", "max_orders": 0}, -32602),
    ("open_account", {"name": "dave", "max_orders": 1 << 63}, -32602),
    ("transfer", {"account": "alice", "amount": 0}, -32602),
    ("transfer", {"account": "alice", "amount": "1e40"}, -32602),
    ("transfer", {"account": "alice", "amount": 1_000_000_001}, -32602),
    ("transfer", {"account": "alice", "amount": "-1e40"}, -32602),
    ("transfer", {"account": "alice", "amount": "0.0000001"}, -32602),
    ("transfer", {"account": "dave", "amount": 1}, 13020),
    ("open_account", {"name": "dave", "belongs_to": "erin"}, 13020),
    ("open_account", {"name": "dave", "belongs_to": ""}, -32602),
    ("move", {"account": "alice", "to_account": "alice", "amount": 1}, -32602),
    ("move", {"account": "alice", "to_account": "dave", "amount": 1}, 13020),
    ("move", {"account": "dave", "to_account": "alice", "amount": 1}, 13020),
    ("move", {"account": "alice", "to_account": "bob", "amount": 0}, -32602),
    ("move", {"account": "alice", "to_account": "bob", "amount": -1}, -32602),
    ("move", {"account": "alice", "to_account": "bob", "amount": "1e30"}, -32602),
    ("set_account_limits", {"account": "dave", "max_orders": 1}, 13020),
    ("set_account_limits", {"account": "alice", "max_orders": 0}, -32602),
    ("set_account_limits", {"account": "alice", "max_orders": (1 << 24) + 1}, -32602),
]


@pytest.mark.parametrize(("method", "params", "code"), WRONG)
def test_wrong_calls_are_refused_before_they_are_logged(
    room: ControlRoom, method: str, params: dict[str, Any], code: int
) -> None:
    wrong = room.refused(method, **params)
    assert (wrong["code"], wrong["logged"]) == (code, False)


def test_a_sub_account_has_none_of_its_own(room: ControlRoom) -> None:
    for name, parent in (("desk", "alice"), ("algo", "desk")):
        room.do("open_account", name=name, belongs_to=parent)
    wrong = room.refused("open_account", name="deeper", belongs_to="algo")
    assert (wrong["code"], wrong["param"], wrong["logged"]) == (-32602, "belongs_to", False)


def test_accounts_are_listed_in_pages_and_by_state(room: ControlRoom) -> None:
    room.buy(ALICE, 1, 2.7)
    everyone = room.look("list_accounts")
    assert [one["account"] for one in everyone["accounts"]] == ["alice", "bob", "carol"]
    assert (everyone["total"], everyone["has_more"]) == (3, False)
    assert [one["open_orders"] for one in everyone["accounts"]] == [1, 0, 0]
    assert {one["state"] for one in everyone["accounts"]} == {"sound"}
    page = room.look("list_accounts", count=2, offset=1)
    assert [one["account"] for one in page["accounts"]] == ["bob", "carol"]
    assert not page["has_more"]
    assert room.look("list_accounts", count=2)["has_more"]
    assert room.look("list_accounts", state="called")["accounts"] == []


def test_who_falls_below_maintenance_margin_is_listed_as_called(room: ControlRoom) -> None:
    room.do("open_account", name="dave", deposit=70_000)
    room.buy(3, 100, 2.8)
    room.sell(BOB, 100, 2.8)
    assert room.look("list_accounts", state="called")["accounts"] == []
    room.do("set_mark", currency="GPU1", move_percent=-30)
    [dave] = room.look("list_accounts", state="called")["accounts"]
    assert dave["account"] == "dave"
    assert dave["equity"] < dave["maintenance_margin"]
