"""Margin terms, layers and close-outs by an operator, and the report of each default."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.gateway.methods.desk import ALICE, BOB, NEAR
from tests.exchange.gateway.methods.operator.control_room import ControlRoom

DAVE = 3
SUMS = (
    "begun_equity",
    "traded",
    "deleveraged",
    "fees",
    "marked",
    "transferred",
    "corrected",
)


def micros(amount: float) -> int:
    """Dollars of JSON as micro-dollars; exact below 2**53."""
    return round(Fraction(amount) * 10**6)


def call_dave(room: ControlRoom, *, deposit: int = 50_000, move_percent: int = -15) -> None:
    """Let dave buy 100 lots from bob, with calls of an hour, and mark them down."""
    room.do("set_margin_terms", call_s=3_600, step_ms=1)
    room.do("open_account", name="dave", deposit=deposit)
    room.sell(BOB, 100, 2.8)
    room.buy(DAVE, 100, 2.8)
    room.do("set_mark", currency="GPU1", move_percent=move_percent)


def cash(room: ControlRoom, number: int) -> int:
    return int(room.core.account(number)[at.ACCOUNT_CASH_MICROS])


def test_a_called_account_is_shown_with_what_it_lacks_and_until_when(room: ControlRoom) -> None:
    call_dave(room)
    (dave,) = room.look("get_waterfall")["unsound"]
    assert (dave["account"], dave["state"]) == ("dave", "called")
    assert micros(dave["missing"]) == micros(dave["maintenance_margin"]) - micros(dave["equity"])
    assert dave["due"] == (room.ts_ns + 3_600 * 10**9) // 10**6
    assert dave["positions"] == {NEAR: 100}
    wrong = room.refused("close_out", account="dave")
    assert (wrong["code"], wrong["venue_reason"]) == (11030, "not_due")
    room.do("transfer", account="dave", amount=50_000)
    assert room.look("get_waterfall")["unsound"] == []
    wrong = room.refused("close_out", account="dave", force=True)
    assert (wrong["code"], wrong["venue_reason"]) == (11030, "not_due")


def test_a_forced_close_out_sells_a_slice_and_lets_nothing_be_withdrawn(room: ControlRoom) -> None:
    call_dave(room)
    room.buy(ALICE, 10, 2.37)
    begun = cash(room, DAVE)
    result = room.do("close_out", account="dave", force=True)
    assert (result["state"], result["positions"]) == ("closing_out", {NEAR: 90})
    for method, params in (
        ("transfer", {"account": "dave", "amount": "-0.000001"}),
        ("fund_layer", {"layer": "insurance", "amount": -1}),
    ):
        wrong = room.refused(method, **params)
        assert (wrong["code"], wrong["venue_reason"]) == (10009, "insufficient_funds")
    shown = room.look("get_waterfall", account="dave", deals=True)
    (default,) = shown["defaults"]
    assert micros(default["begun_equity"]) == begun
    assert micros(default["equity"]) == cash(room, DAVE)
    (deal,) = default["deals"]
    assert (deal["amount"], deal["price"], deal["mark_price"], deal["direction"]) == (
        10,
        2.37,
        2.38,
        "sell",
    )
    assert (deal["counterparty"], deal["deleveraged"]) == ("alice", False)
    # One tick of 0.01 below the mark, on 10 lots of 730 hours.
    assert micros(deal["gain"]) == -10 * 7_300_000
    assert room.look("get_waterfall", account="bob")["defaults"] == []


def test_the_sums_of_a_default_are_its_equity_and_the_layers_what_they_lost(
    room: ControlRoom,
) -> None:
    for layer, amount in (("insurance", 200), ("house", 100)):
        paid = room.do("fund_layer", layer=layer, amount=amount)
        assert paid["balance"] == amount
    room.do("fund_layer", layer="default_fund", account="alice", amount=400)
    call_dave(room, deposit=70_000, move_percent=-40)
    assert cash(room, DAVE) < 0, "deeper than its margin"
    whole = room.look("get_waterfall")
    assert whole["contributors"] == [{"account": "alice", "contribution": 400.0}]
    before = {row["layer"]: micros(row["balance"]) for row in whole["layers"]}
    assert before == {
        "insurance": 200_000_000,
        "house": 100_000_000,
        "default_fund": 400_000_000,
    }
    room.do("close_out", account="dave", force=True)
    for _ in range(30):
        room.apply([Command(CommandKind.CLOSE_OUT)])
        assert invariants.violations(room.core) == []
        shown = room.look("get_waterfall")
        (default,) = shown["defaults"]
        assert sum(micros(default[name]) for name in SUMS) + sum(
            map(micros, default["paid_by"].values())
        ) == cash(room, DAVE)
    assert default["positions"] == {}
    # It owes 12,310 dollars; the layers' 700 leave 15.9 ticks of 730 dollars: bob bears 16 of them.
    assert default["deleveraged"] == 16 * 730
    assert default["paid_by"] == {"insurance": 200.0, "house": 100.0, "default_fund": 330.0}
    assert default["paid_by_contributors"] == {"alice": 330.0}
    after = {row["layer"]: micros(row["balance"]) for row in shown["layers"]}
    assert {name: before[name] - micros(default["paid_by"][name]) for name in before} == after


def test_terms_that_are_not_given_stay(room: ControlRoom) -> None:
    first = room.look("get_waterfall")
    result = room.do("set_margin_terms", call_s=30, slice_ppm=100_000)
    assert (result["call_s"], result["slice_ppm"]) == (30, 100_000)
    for name in ("step_ms", "patience_steps", "deleveraging_steps"):
        assert result[name] == first[name]
    again = room.do("set_margin_terms", patience_steps=0, step_ms=250)
    assert (again["call_s"], again["slice_ppm"], again["patience_steps"], again["step_ms"]) == (
        30,
        100_000,
        0,
        250,
    )


def test_money_goes_out_of_a_layer_as_far_as_it_is_there(room: ControlRoom) -> None:
    room.do("fund_layer", layer="house", amount="10.000001")
    wrong = room.refused("fund_layer", layer="house", amount="-10.000002")
    assert (wrong["code"], wrong["venue_reason"]) == (10009, "insufficient_funds")
    assert room.do("fund_layer", layer="house", amount="-10.000001")["balance"] == 0
    wrong = room.refused("fund_layer", layer="default_fund", account="bob", amount=50_000_001)
    assert (wrong["code"], wrong["venue_reason"]) == (10009, "insufficient_funds")


WRONG: list[tuple[str, dict[str, Any], int, str | None]] = [
    ("close_out", {"account": "erin"}, 13020, "account"),
    ("fund_layer", {"layer": "insurance", "amount": 0}, -32602, "amount"),
    ("fund_layer", {"layer": "insurance", "amount": "1e30"}, -32602, "amount"),
    ("fund_layer", {"layer": "insurance", "amount": "NaN"}, -32602, "amount"),
    ("fund_layer", {"layer": "insurance", "amount": 1, "account": "bob"}, -32602, "account"),
    ("fund_layer", {"layer": "default_fund", "amount": 1}, -32602, "account"),
    ("fund_layer", {"layer": "default_fund", "amount": 1, "account": "erin"}, 13020, "account"),
    ("fund_layer", {"layer": "contribution", "amount": 1}, -32602, None),
    ("set_margin_terms", {}, -32602, "call_s"),
    ("set_margin_terms", {"call_s": 604_801}, -32602, None),
    ("set_margin_terms", {"slice_ppm": 0}, -32602, None),
    ("set_margin_terms", {"step_ms": 1 << 70}, -32602, None),
    ("set_margin_terms", {"patience_steps": 11}, -32602, "deleveraging_steps"),
]


@pytest.mark.parametrize(("method", "params", "code", "param"), WRONG)
def test_wrong_calls_are_refused_before_they_are_logged(
    room: ControlRoom, method: str, params: dict[str, Any], code: int, param: str | None
) -> None:
    wrong = room.refused(method, **params)
    assert (wrong["code"], wrong.get("param"), wrong["logged"]) == (code, param, False)
