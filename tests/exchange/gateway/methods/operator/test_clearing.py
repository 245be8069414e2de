"""Trades that operators enter, move, undo and reprice."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.gateway.methods.desk import ALICE, BOB, NEAR
from tests.exchange.gateway.methods.operator.control_room import ControlRoom
from tests.exchange.views.market_flow import spec

TICK = 7_300_000
"""A tick of one lot of GPU1: 0.01 dollars of 730 hours."""
FEE = 5_500_000
BLOCK = {"buyer": "alice", "seller": "bob", "instrument_name": NEAR, "amount": 10, "price": 2.9}


def money(room: ControlRoom) -> list[tuple[int, int, int]]:
    """Cash, fees paid and lots in NEAR of every account."""
    found = []
    for number in range(3):
        row = room.core.account(number).tolist()
        lots = int(room.core.position(number, 0)[at.POSITION_LOTS])
        found.append((row[at.ACCOUNT_CASH_MICROS], row[at.ACCOUNT_FEES_MICROS], lots))
    return found


def lots(room: ControlRoom) -> list[int]:
    return [held for _, _, held in money(room)]


def test_a_block_is_cleared_at_its_price_with_fees(room: ControlRoom) -> None:
    before = money(room)
    result = room.do("block_trade", **BLOCK, reference="EFP: 10 months of 64 GPUs in Oslo")
    assert {name: result[name] for name in BLOCK} == BLOCK
    assert (result["buyer_fee"], result["seller_fee"]) == (55.0, 55.0)
    # The mark is 2.80, so that the buyer pays ten ticks a lot to the seller, and each its fee.
    moved = [
        (after[0] - held[0], after[1] - held[1], after[2])
        for after, held in zip(money(room), before, strict=True)
    ]
    paid = 10 * 10 * TICK
    assert moved == [
        (-paid - 10 * FEE, 10 * FEE, 10),
        (paid - 10 * FEE, 10 * FEE, -10),
        (0, 0, 0),
    ]
    assert invariants.violations(room.core) == []


def test_a_busted_block_leaves_everyone_as_before_once(room: ControlRoom) -> None:
    before = money(room)
    trade_id = room.do("block_trade", **BLOCK)["trade_id"]
    room.do("set_mark", instrument_name=NEAR, price=2.7)
    result = room.do("bust", trade_id=trade_id)
    assert (result["price"], result["mark_price"], result["buyer_fee"]) == (2.9, 2.7, 55.0)
    assert money(room) == before
    wrong = room.refused("bust", trade_id=trade_id)
    assert (wrong["code"], wrong["param"], wrong["venue_reason"]) == (
        11030,
        "trade_id",
        "trade_busted",
    )
    for method, params in (
        ("adjust", {"price": 2.8}),
        ("give_up", {"account": "alice", "to_account": "carol"}),
    ):
        wrong = room.refused(method, trade_id=trade_id, **params)
        assert (wrong["code"], wrong["venue_reason"]) == (11030, "trade_busted")


def test_an_ordinary_trade_can_be_adjusted_and_given_up(room: ControlRoom) -> None:
    room.sell(BOB, 4, 2.82)
    room.buy(ALICE, 4, 2.82)
    (trade,) = room.call(ALICE, "private/get_user_trades_by_instrument", instrument_name=NEAR)[
        "trades"
    ]
    before = money(room)
    result = room.do("adjust", trade_id=trade["trade_id"], price=2.8)
    assert (result["former_price"], result["price"], result["amount"]) == (2.82, 2.8, 4)
    assert [after[0] - held[0] for after, held in zip(money(room), before, strict=True)] == [
        8 * TICK,
        -8 * TICK,
        0,
    ]
    given = {"trade_id": trade["trade_id"], "account": "alice", "to_account": "carol"}
    result = room.do("give_up", **given)
    assert (result["direction"], result["amount"], result["fee"]) == ("buy", 4, 22.0)
    assert lots(room) == [0, -4, 4]
    again = room.refused("give_up", **given)
    assert (again["code"], again["venue_reason"]) == (13020, "unknown_trade")
    assert invariants.violations(room.core) == []


def test_a_block_passes_the_venues_checks(room: ControlRoom) -> None:
    room.do("stop_trading", account="bob")
    wrong = room.refused("block_trade", **BLOCK)
    assert (wrong["code"], wrong["venue_reason"]) == (13021, "trading_stopped")
    room.do("resume_trading", account="bob")
    room.do("restrict", account="alice", instrument_name=NEAR)
    wrong = room.refused("block_trade", **BLOCK)
    assert (wrong["code"], wrong["venue_reason"]) == (13021, "restricted")
    room.do("restrict", account="alice", instrument_name=NEAR, lift=True)
    room.do("open_account", name="thin", deposit=10)
    wrong = room.refused("block_trade", **{**BLOCK, "buyer": "thin"})
    assert (wrong["code"], wrong["venue_reason"]) == (10009, "insufficient_margin")
    wrong = room.refused("block_trade", **{**BLOCK, "amount": 15_001})
    assert (wrong["code"], wrong["venue_reason"]) == (10018, "position_limit")
    room.do("set_state", state="halted", instrument_name=NEAR)
    wrong = room.refused("block_trade", **BLOCK)
    assert (wrong["code"], wrong["venue_reason"]) == (10012, "instrument_not_open")


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"buyer": "dave"}, 13020, "buyer"),
        ({"seller": "dave"}, 13020, "seller"),
        ({"seller": "alice"}, -32602, "seller"),
        ({"instrument_name": "GPU9"}, 13020, "instrument_name"),
        ({"amount": 0}, 10002, "amount"),
        ({"amount": "1e30"}, -32602, "amount"),
        ({"amount": 1.5}, -32602, "amount"),
        ({"price": 0}, -32602, "price"),
        ({"price": "1e30"}, -32602, "price"),
        ({"price": 2.805}, -32602, "price"),
        ({"price": 41}, -32602, "price"),
        ({"price": 5.61}, 10011, "price"),
        ({"reference": "two\nlines"}, -32602, "reference"),
    ],
)
def test_wrong_blocks_are_refused_before_they_are_logged(
    room: ControlRoom, change: dict[str, Any], code: int, param: str
) -> None:
    wrong = room.refused("block_trade", **{**BLOCK, **change})
    assert (wrong["code"], wrong["param"], wrong["logged"]) == (code, param, False)


@pytest.mark.parametrize(
    ("method", "change", "code", "param"),
    [
        ("bust", {"trade_id": "2"}, 13020, "trade_id"),
        ("bust", {"trade_id": "0"}, 13020, "trade_id"),
        ("bust", {"trade_id": "99999999999999999999"}, 13020, "trade_id"),
        ("adjust", {"trade_id": "2", "price": 2.8}, 13020, "trade_id"),
        ("adjust", {"price": 2.805}, -32602, "price"),
        ("adjust", {"price": "1e30"}, -32602, "price"),
        ("adjust", {"price": 0}, -32602, "price"),
        ("adjust", {"price": 5.61}, 10011, "price"),
        ("give_up", {"trade_id": "2", "account": "alice", "to_account": "bob"}, 13020, "trade_id"),
        ("give_up", {"account": "dave", "to_account": "bob"}, 13020, "account"),
        ("give_up", {"account": "alice", "to_account": "dave"}, 13020, "to_account"),
    ],
)
def test_wrong_corrections_are_refused_before_they_are_logged(
    room: ControlRoom, method: str, change: dict[str, Any], code: int, param: str
) -> None:
    assert room.do("block_trade", **BLOCK)["trade_id"] == "1"
    wrong = room.refused(method, **{"trade_id": "1", **change})
    assert (wrong["code"], wrong["param"], wrong["logged"]) == (code, param, False)


@pytest.mark.parametrize("trade_id", ["", "-1", "one", "1" * 21, 1])
def test_what_is_no_trade_id_is_refused(room: ControlRoom, trade_id: object) -> None:
    assert room.refused("bust", trade_id=trade_id)["code"] == -32602


def test_a_trade_that_nobody_of_the_call_made_is_not_theirs(room: ControlRoom) -> None:
    room.do("block_trade", **BLOCK)
    wrong = room.refused("give_up", trade_id="1", account="carol", to_account="alice")
    assert (wrong["code"], wrong["venue_reason"]) == (13020, "unknown_trade")
    wrong = room.refused("adjust", trade_id="1", price=2.9)
    assert (wrong["code"], wrong["param"], wrong["venue_reason"]) == (
        -32602,
        "price",
        "invalid_price",
    )


def test_old_and_settled_trades_stay(room: ControlRoom) -> None:
    room.do("block_trade", **BLOCK)
    day = room.ts_ns // 86_400_000_000_000
    room.apply([Command(CommandKind.DAY_ROLL, qty_lots=day)])
    room.do("block_trade", **{**BLOCK, "buyer": "bob", "seller": "alice"})
    room.apply([Command(CommandKind.DAY_ROLL, qty_lots=day + 1)])
    wrong = room.refused("bust", trade_id="1")
    assert (wrong["code"], wrong["venue_reason"], wrong["logged"]) == (
        11030,
        "trade_too_old",
        False,
    )
    room.do("settle", instrument_name=NEAR, price=2.8, force=True)
    wrong = room.refused("bust", trade_id="2")
    assert (wrong["code"], wrong["venue_reason"]) == (10012, "instrument_not_open")


def test_a_block_below_the_instruments_smallest_is_refused(room: ControlRoom) -> None:
    listed = msgspec.to_builtins(spec("GPU1-BLOCKS", months=3))
    room.do("list_instrument", spec={**listed, "block_minimum_lots": 50})
    terms = {**BLOCK, "instrument_name": "GPU1-BLOCKS"}
    wrong = room.refused("block_trade", **{**terms, "amount": 49})
    assert (wrong["code"], wrong["param"], wrong["logged"]) == (10002, "amount", False)
    assert "50" in wrong["reason"]
    room.do("block_trade", **{**terms, "amount": 50})
