"""Marks, index prints, settlement and funding by an operator; too far needs force, 0 never goes."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from exchange.views.holds import index_hold, mark_hold
from tests.exchange.core.lab import binary, listing
from tests.exchange.gateway.methods.desk import ALICE, BOB, FAR, NEAR, PERPETUAL
from tests.exchange.gateway.methods.operator.control_room import ControlRoom
from tests.exchange.gateway.methods.spreads import SPREAD, list_spread

TICK_MICROS = 7_300_000
"""A tick of one lot of GPU1: 0.01 dollars of 730 hours."""


def cash(room: ControlRoom) -> list[int]:
    return [int(room.core.account(n)[at.ACCOUNT_CASH_MICROS]) for n in range(3)]


def trade(room: ControlRoom, lots: int) -> None:
    """Alice buys from bob at the mark."""
    room.sell(BOB, lots, 2.8)
    room.buy(ALICE, lots, 2.8)


def test_a_mark_moves_cash_between_longs_and_shorts(room: ControlRoom) -> None:
    trade(room, 10)
    before = cash(room)
    result = room.do("set_mark", instrument_name=NEAR, price="1.96")
    assert result["hold_s"] == 60
    assert result["instruments"] == [
        {"instrument_name": NEAR, "former_price": 2.8, "mark_price": 1.96}
    ]
    moved = 84 * 10 * TICK_MICROS
    assert cash(room) == [before[0] - moved, before[1] + moved, before[2]]


def test_a_curve_moves_in_one_action(room: ControlRoom) -> None:
    room.do("set_mark", instrument_name=FAR, price="2.51")
    before = room.core.seq
    result = room.do("set_mark", currency="GPU1", move_percent=-30)
    # 280 × 0.7 = 196, 251 × 0.7 = 175.7.
    assert [one["mark_price"] for one in result["instruments"]] == [1.96, 1.76]
    assert [room.mark(n) for n in range(3)] == [196, 176, 2_800]
    assert room.core.seq == before + 3
    assert room.look("list_actions")["actions"][0]["commands"] == 2


def test_a_mark_is_held_for_its_time_and_released_by_the_rule(room: ControlRoom) -> None:
    room.do("set_mark", instrument_name=NEAR, price=2.7, hold_s=30)
    asked_ns = room.ts_ns
    assert room.views.holds.is_held(mark_hold(NEAR), asked_ns + 29 * 10**9)
    assert not room.views.holds.is_held(mark_hold(NEAR), asked_ns + 31 * 10**9)
    assert not room.views.holds.is_held(mark_hold(FAR), asked_ns)
    result = room.do("set_mark", instrument_name=NEAR, by_rule=True)
    assert result["hold_s"] == 0
    assert not room.views.holds.is_held(mark_hold(NEAR), room.ts_ns)


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"price": 0}, -32602, "price"),
        ({"price": -1}, -32602, "price"),
        ({"price": "1e30"}, -32602, "price"),
        ({"price": 40.96}, -32602, "price"),
        ({"price": 2.805}, -32602, "price"),
        ({"price": 1.39}, 10011, "price"),
        ({"price": 5.61}, 10011, "price"),
        ({"price": 280}, -32602, "price"),
        ({"price": 280, "force": True}, -32602, "price"),
        ({"price": 0, "force": True}, -32602, "price"),
        ({"move_percent": -100}, -32602, "move_percent"),
        ({"move_percent": -99.99, "force": True}, -32602, "move_percent"),
        ({"move_percent": "1e30"}, -32602, "move_percent"),
        ({"move_percent": 101}, 10011, "move_percent"),
        ({"move_percent": -51}, 10011, "move_percent"),
        ({}, -32602, "price"),
        ({"price": 2.7, "by_rule": True}, -32602, "price"),
        ({"price": 2.7, "move_percent": 1}, -32602, "price"),
        ({"price": 2.7, "currency": "GPU1", "instrument_name": None}, -32602, "price"),
        ({"price": 2.7, "instrument_name": "GPU9"}, 13020, "instrument_name"),
        ({"price": 2.7, "hold_s": -1}, -32602, None),
        ({"price": 2.7, "hold_s": 604_801}, -32602, None),
    ],
)
def test_wrong_marks_are_refused(
    room: ControlRoom, params: dict[str, Any], code: int, param: str | None
) -> None:
    trade(room, 10)
    wrong = room.refused("set_mark", **{"instrument_name": NEAR, **params})
    assert (wrong["code"], wrong.get("param"), wrong["logged"]) == (code, param, False)


def test_a_far_mark_is_taken_when_it_is_forced(room: ControlRoom) -> None:
    room.do("set_mark", instrument_name=NEAR, price=0.28, force=True)
    assert room.mark(0) == 28


def test_an_index_is_printed_and_held(room: ControlRoom) -> None:
    room.apply([Command(CommandKind.PRINT_INDEX, amount_micros=2_800_000, text="h100_broad")])
    result = room.do("print_index", index_name="h100_broad", price="1.961234", hold_s=5)
    del result["seq"], result["timestamp"]
    assert result == {
        "index_name": "h100_broad",
        "former_price": 2.8,
        "index_price": 1.961234,
        "hold_s": 5,
    }
    assert room.core.index_prices["h100_broad"] == 1_961_234
    assert room.views.holds.is_held(index_hold("h100_broad"), room.ts_ns)
    # The first print of an index has no former one to be near to.
    room.do("print_index", index_name="h100_trades", price=1_000)
    for params, code in (
        ({"price": 0}, -32602),
        ({"price": -2}, -32602),
        ({"price": "1.9612345"}, -32602),
        ({"price": 1_000_001}, -32602),
        ({"price": "1e40", "force": True}, -32602),
        ({"price": 196.2}, 10011),
        ({"price": 0.5}, 10011),
        ({"index_name": "b200", "price": 2}, 13020),
    ):
        wrong = room.refused("print_index", **{"index_name": "h100_broad", **params})
        assert (wrong["code"], wrong["logged"]) == (code, False), params


def test_an_instrument_settles_once(room: ControlRoom) -> None:
    trade(room, 10)
    before = cash(room)
    early = room.refused("settle", instrument_name=NEAR, price="2.501")
    assert (early["code"], early["param"]) == (11030, "force")
    result = room.do("settle", instrument_name=NEAR, price="2.501", force=True)
    assert result["settlement_price"] == 2.501
    moved = (2_800_000 - 2_501_000) * 730 * 10
    assert cash(room) == [before[0] - moved, before[1] + moved, before[2]]
    again = room.refused("settle", instrument_name=NEAR, price="2.5", force=True)
    assert (again["code"], again["param"], again["logged"]) == (10012, "instrument_name", False)


def test_two_settlements_on_their_way_at_once_settle_once(room: ControlRoom) -> None:
    asked = {"instrument_name": NEAR, "price": 2.5, "force": True, "reason": "twice"}
    first, second = (room.ask(-1, "operator/settle", asked) for _ in range(2))
    room.apply(first.commands)  # type: ignore[attr-defined]
    digest = room.digest
    outcomes = room.apply(second.commands)  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="book_closed"):
        second.respond(outcomes)  # type: ignore[attr-defined]
    assert room.digest == digest


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"price": 0, "force": True}, -32602),
        ({"price": 280}, 10011),
        ({"price": "1e20", "force": True}, -32602),
        ({"instrument_name": PERPETUAL, "price": 2.8, "force": True}, 10031),
    ],
)
def test_wrong_settlements_are_refused(
    room: ControlRoom, params: dict[str, Any], code: int
) -> None:
    wrong = room.refused("settle", **{"instrument_name": NEAR, **params})
    assert (wrong["code"], wrong["logged"]) == (code, False)


def test_funding_goes_from_longs_to_shorts(room: ControlRoom) -> None:
    room.sell(BOB, 100, 2.8, instrument_name=PERPETUAL)
    room.buy(ALICE, 100, 2.8, instrument_name=PERPETUAL)
    before = cash(room)
    room.do("fund", instrument_name=PERPETUAL, payment=0.01)
    assert cash(room) == [before[0] - 1_000_000, before[1] + 1_000_000, before[2]]
    room.do("fund", instrument_name=PERPETUAL, payment=-0.02)
    assert cash(room) == [before[0] + 1_000_000, before[1] - 1_000_000, before[2]]
    for params, code in (
        ({"payment": 0.141}, 10011),
        ({"payment": -0.141}, 10011),
        ({"payment": "1e30", "force": True}, -32602),
        ({"payment": 1_000_001, "force": True}, -32602),
        ({"payment": "0.0000001"}, -32602),
        ({"instrument_name": NEAR, "payment": 0.01}, 10031),
    ):
        wrong = room.refused("fund", **{"instrument_name": PERPETUAL, **params})
        assert (wrong["code"], wrong["logged"]) == (code, False), params
    room.do("fund", instrument_name=PERPETUAL, payment=0.141, force=True)


def test_a_combo_is_marked_and_ends_as_its_legs_do(room: ControlRoom) -> None:
    list_spread(room)
    for params in ({"instrument_name": SPREAD}, {"currency": "GPU1-SPREAD"}):
        move = {"price": 0.3} if "instrument_name" in params else {"move_percent": 1}
        refused = room.refused("set_mark", **params, **move)
        assert (refused["code"], refused["param"]) == (-32602, next(iter(params)))
    refused = room.refused("settle", instrument_name=SPREAD, price=1, force=True)
    assert (refused["code"], refused["logged"]) == (10031, False)
    room.do("set_mark", instrument_name=SPREAD, by_rule=True)


def test_a_binary_settles_at_the_mean_whatever_its_own_price_is(room: ControlRoom) -> None:
    room.apply([listing(binary("ABOVE", index="h100_broad"))])
    vars(room).pop("instruments", None)
    room.do("print_index", index_name="h100_broad", price=2.8)
    settle = {"instrument_name": "ABOVE", "force": False}
    assert room.refused("settle", price=28, **settle)["code"] == 10011
    assert room.refused("settle", price=2.8, **settle)["code"] == 11030
    settled = room.do("settle", instrument_name="ABOVE", price=2.8, force=True)
    assert settled["settlement_price"] == 2.8
