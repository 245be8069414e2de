"""The kill switch, restrictions and position limits, by an operator."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core import layout as at
from exchange.gateway.errors import RpcError
from exchange.views.holds import limit_hold
from tests.exchange.gateway.methods.desk import ALICE, BOB, CAROL, FAR, NEAR, PERPETUAL
from tests.exchange.gateway.methods.operator.control_room import ControlRoom

DESK, ALGO = 3, 4


def orders(room: ControlRoom) -> list[int]:
    return [int(room.core.account(n)[at.ACCOUNT_ORDERS]) for n in range(len(room.core.parents))]


def test_a_stopped_account_loses_its_orders_and_enters_none(room: ControlRoom) -> None:
    room.buy(ALICE, 1, 2.7)
    room.buy(ALICE, 1, 2.6, instrument_name=FAR)
    room.buy(BOB, 1, 2.7)
    result = room.do("stop_trading", account="alice")
    assert (result["accounts"], result["cancelled_orders"]) == (1, 2)
    assert orders(room) == [0, 1, 0]
    with pytest.raises(RpcError, match="forbidden"):
        room.buy(ALICE, 1, 2.7)
    alice, bob, _ = room.look("list_accounts")["accounts"]
    assert (alice["stopped"], bob["stopped"]) == (True, False)
    again = room.do("stop_trading", account="alice")
    assert (again["accounts"], again["cancelled_orders"]) == (0, 0)
    assert room.do("resume_trading", account="alice")["accounts"] == 1
    room.buy(ALICE, 1, 2.7)


def test_a_firm_is_stopped_with_all_that_belongs_to_it(room: ControlRoom) -> None:
    room.do("open_account", name="desk", deposit=100_000, belongs_to="alice")
    room.do("open_account", name="algo", deposit=100_000, belongs_to="desk")
    for account in (ALICE, BOB, DESK, ALGO):
        room.buy(account, 1, 2.7)
    result = room.do("stop_trading", firm="desk")
    assert (result["accounts"], result["cancelled_orders"]) == (2, 2)
    assert orders(room) == [1, 1, 0, 0, 0]
    result = room.do("stop_trading", firm="alice")
    assert (result["accounts"], result["cancelled_orders"]) == (1, 1)
    assert room.do("resume_trading", firm="alice")["accounts"] == 3


def test_a_whole_venue_is_stopped_and_let_go(room: ControlRoom) -> None:
    for account in (ALICE, BOB, CAROL):
        room.buy(account, 2, 2.7)
    result = room.do("stop_trading", everyone=True)
    assert (result["accounts"], result["cancelled_orders"]) == (3, 3)
    assert orders(room) == [0, 0, 0]
    assert room.do("open_account", name="dave", deposit=100_000)["stopped"]
    with pytest.raises(RpcError, match="forbidden"):
        room.buy(3, 1, 2.7)
    assert room.do("resume_trading", everyone=True)["accounts"] == 4
    room.buy(3, 1, 2.7)
    assert not room.do("open_account", name="erin", deposit=100_000)["stopped"]
    room.buy(4, 1, 2.7)


def test_an_account_of_a_stopped_firm_begins_stopped(room: ControlRoom) -> None:
    room.do("stop_trading", firms=["alice", "bob"])
    desk = room.do("open_account", name="alice.desk", deposit=100_000)
    assert (desk["belongs_to"], desk["stopped"]) == ("alice", True)
    stranger = room.do("open_account", name="dave.desk", deposit=100_000)
    assert (stranger["belongs_to"], stranger["stopped"]) == (None, False)
    assert room.do("resume_trading", firms=["alice"], accounts=["bob"])["accounts"] == 3
    room.buy(3, 1, 2.7)


def test_several_accounts_and_firms_are_restricted_in_several_instruments(
    room: ControlRoom,
) -> None:
    room.do("open_account", name="alice.desk", deposit=100_000)
    result = room.do(
        "restrict", accounts=["bob", "carol", "bob"], firm="alice", instrument_names=[NEAR, FAR]
    )
    told = [(one["account"], one["instrument_name"]) for one in result["restrictions"]]
    names = ("alice", "bob", "carol", "alice.desk")
    assert told == [(name, instrument) for name in names for instrument in (NEAR, FAR)]
    accounts = room.look("list_accounts")["accounts"]
    assert [one["restricted"] for one in accounts] == [[NEAR, FAR]] * 4
    room.do("restrict", everyone=True, currency="any", lift=True)
    accounts = room.look("list_accounts")["accounts"]
    assert [one["restricted"] for one in accounts] == [[]] * 4


def test_a_restricted_account_only_closes(room: ControlRoom) -> None:
    room.sell(BOB, 2, 2.8)
    room.buy(ALICE, 2, 2.8)
    result = room.do("restrict", account="alice", instrument_name=NEAR)
    told = {"account": "alice", "instrument_name": NEAR, "restricted": True}
    assert result["restrictions"] == [told]
    assert room.look("list_accounts")["accounts"][ALICE]["restricted"] == [NEAR]
    with pytest.raises(RpcError, match="forbidden"):
        room.buy(ALICE, 1, 2.7)
    room.buy(ALICE, 1, 2.7, instrument_name=FAR)
    room.buy(BOB, 1, 2.79)
    closed = room.sell(ALICE, 1, 2.79)
    assert closed["order_state"] == "filled"
    room.do("restrict", account="alice", currency="any")
    assert room.look("list_accounts")["accounts"][ALICE]["restricted"] == [NEAR, FAR, PERPETUAL]
    lifted = room.do("restrict", account="alice", currency="any", lift=True)
    assert {one["restricted"] for one in lifted["restrictions"]} == {False}
    room.buy(ALICE, 1, 2.7)


def test_a_position_limit_binds_at_once_and_is_held(room: ControlRoom) -> None:
    result = room.do("set_position_limit", instrument_name=NEAR, limit=5)
    assert (result["former_limit"], result["limit"], result["hold_s"]) == (15_000, 5, 86_400)
    room.buy(ALICE, 5, 2.7)
    with pytest.raises(RpcError, match="non_pme_max_future_position_size"):
        room.buy(ALICE, 1, 2.7)
    near = room.look("status")["instruments"][0]
    assert near["position_limit"] == 5
    assert near["limit_held_until"] > room.ts_ns // 10**6
    assert near["held_until"] is None, "the mark is not held"
    ended = room.do("set_position_limit", instrument_name=NEAR, by_calendar=True)
    assert (ended["limit"], ended["hold_s"]) == (5, 0)
    assert not room.views.holds.is_held(limit_hold(NEAR), room.ts_ns)


WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("stop_trading", {}, -32602, "account"),
    ("stop_trading", {"account": "alice", "everyone": True}, -32602, "account"),
    ("stop_trading", {"firm": "alice", "everyone": True}, -32602, "account"),
    ("stop_trading", {"account": "dave"}, 13020, "account"),
    ("stop_trading", {"firm": "dave"}, 13020, "firm"),
    ("resume_trading", {}, -32602, "account"),
    ("resume_trading", {"account": "dave"}, 13020, "account"),
    ("restrict", {"account": "dave", "instrument_name": NEAR}, 13020, "account"),
    ("restrict", {"account": "alice"}, -32602, "instrument_name"),
    ("restrict", {"instrument_name": NEAR}, -32602, "account"),
    ("restrict", {"accounts": ["alice", "dave"], "instrument_name": NEAR}, 13020, "account"),
    ("restrict", {"firms": ["dave"], "instrument_name": NEAR}, 13020, "firm"),
    (
        "restrict",
        {"account": "alice", "instrument_names": [NEAR], "currency": "any"},
        -32602,
        "instrument_name",
    ),
    ("restrict", {"account": "alice", "instrument_name": "GPU9"}, 13020, "instrument_name"),
    ("set_position_limit", {"instrument_name": NEAR}, -32602, "limit"),
    ("set_position_limit", {"instrument_name": NEAR, "limit": 15_001}, -32602, "limit"),
    ("set_position_limit", {"instrument_name": NEAR, "limit": 0}, 10002, "limit"),
    ("set_position_limit", {"instrument_name": NEAR, "limit": "1e30"}, -32602, "limit"),
    ("set_position_limit", {"instrument_name": NEAR, "limit": "1.5"}, -32602, "limit"),
    (
        "set_position_limit",
        {"instrument_name": NEAR, "limit": 5, "by_calendar": True},
        -32602,
        "limit",
    ),
    ("set_position_limit", {"instrument_name": "GPU9", "limit": 5}, 13020, "instrument_name"),
]


@pytest.mark.parametrize(("method", "params", "code", "param"), WRONG)
def test_wrong_calls_are_refused_before_they_are_logged(
    room: ControlRoom, method: str, params: dict[str, Any], code: int, param: str
) -> None:
    wrong = room.refused(method, **params)
    assert (wrong["code"], wrong["param"], wrong["logged"]) == (code, param, False)


def test_what_has_settled_takes_no_limit(room: ControlRoom) -> None:
    room.do("settle", instrument_name=NEAR, price=2.8, force=True)
    for method, params in (("set_position_limit", {"limit": 5}), ("restrict", {"account": "bob"})):
        wrong = room.refused(method, instrument_name=NEAR, **params)
        assert (wrong["code"], wrong["logged"]) == (10012, False)
