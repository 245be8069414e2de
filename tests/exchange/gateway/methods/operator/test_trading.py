"""Listing and trading states, as an operator sets them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.core.commands import Command
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import INSTRUMENT_STATE, CommandKind, State
from exchange.gateway.errors import RpcError
from tests.exchange.gateway.methods.desk import ALICE, BOB, FAR, NEAR, PERPETUAL
from tests.exchange.gateway.methods.operator.control_room import ControlRoom
from tests.exchange.views.market_flow import spec

NEXT = msgspec.to_builtins(spec("GPU1-29JAN27", months=3))


def states(room: ControlRoom) -> list[int]:
    return [int(state) for state in room.core.instruments[:, INSTRUMENT_STATE]]


def test_a_listed_instrument_trades_at_once(room: ControlRoom) -> None:
    result = room.do("list_instrument", spec=NEXT)
    assert result["instrument_name"] == "GPU1-29JAN27"
    room.sell(ALICE, 1, 2.8, instrument_name="GPU1-29JAN27")
    bought = room.call(BOB, "private/buy", instrument_name="GPU1-29JAN27", amount=1, type="market")
    assert bought["order"]["order_state"] == "filled"
    shown = room.look("get_specification", instrument_name="GPU1-29JAN27")
    assert msgspec.convert(shown, InstrumentSpec) == msgspec.convert(NEXT, InstrumentSpec)


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"name": NEAR}, 11030, "spec.name"),
        ({"levels": 4_097}, -32602, "spec.levels"),
        ({"tick_micros": 1 << 62}, -32602, None),
        ({"max_order_lots": 15_001}, -32602, "spec.max_order_lots"),
    ],
)
def test_wrong_listings_are_refused(
    room: ControlRoom, change: dict[str, Any], code: int, param: str | None
) -> None:
    wrong = room.refused("list_instrument", spec={**NEXT, **change})
    assert (wrong["code"], wrong.get("param"), wrong["logged"]) == (code, param, False)


def test_a_halt_stops_orders_and_lets_cancels_through(room: ControlRoom) -> None:
    order = room.buy(ALICE, 1, 2.7)
    result = room.do("set_state", state="halted", instrument_name=NEAR)
    assert result["instruments"] == [{"instrument_name": NEAR, "state": "halted"}]
    with pytest.raises(RpcError, match="book_closed"):
        room.buy(ALICE, 1, 2.7)
    room.call(ALICE, "private/cancel", order_id=order["order_id"])
    assert states(room) == [State.HALTED, State.OPEN, State.OPEN]


def test_to_resume_is_an_auction(room: ControlRoom) -> None:
    room.do("set_state", state="halted", currency="GPU1")
    result = room.do("set_state", state="pre_open", currency="GPU1")
    assert [one["state"] for one in result["instruments"]] == ["pre_open", "pre_open"]
    room.buy(ALICE, 3, 2.85)
    room.sell(BOB, 2, 2.75)
    result = room.do("set_state", state="open", currency="GPU1")
    near, far = result["instruments"]
    assert far == {"instrument_name": FAR, "state": "open"}
    assert (near["state"], near["amount"]) == ("open", 2)
    assert 2.75 <= near["price"] <= 2.85
    (trade,) = room.call(ALICE, "public/get_last_trades_by_instrument", instrument_name=NEAR)[
        "trades"
    ]
    assert (trade["price"], trade["amount"]) == (near["price"], 2)


def test_a_whole_venue_is_halted_but_for_what_has_settled(room: ControlRoom) -> None:
    room.apply([Command(CommandKind.SETTLE, instrument=0, amount_micros=2_800_000)])
    result = room.do("set_state", state="halted", currency="any")
    assert [one["instrument_name"] for one in result["instruments"]] == [FAR, PERPETUAL]
    assert states(room) == [State.EXPIRED, State.HALTED, State.HALTED]


def test_what_the_core_refuses_of_many_is_told_beside_the_others(room: ControlRoom) -> None:
    room.do("set_state", state="halted", currency="any")
    room.ts_ns = room.core.specs[0].expiry_ns
    result = room.do("set_state", state="open", currency="any")
    assert result["instruments"] == [
        {"instrument_name": NEAR, "refused": "instrument_not_open"},
        {"instrument_name": FAR, "state": "open"},
        {"instrument_name": PERPETUAL, "state": "open"},
    ]
    assert room.look("list_actions")["actions"][0]["refused"] == ["instrument_not_open"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"state": "expired", "instrument_name": NEAR}, -32602),
        ({"state": "halted"}, -32602),
        ({"state": "halted", "instrument_name": NEAR, "currency": "GPU1"}, -32602),
        ({"state": "halted", "instrument_name": "GPU9"}, 13020),
        ({"state": "halted", "currency": "GPU9"}, -32602),
    ],
)
def test_wrong_states_are_refused(room: ControlRoom, params: dict[str, Any], code: int) -> None:
    wrong = room.refused("set_state", **params)
    assert (wrong["code"], wrong["logged"]) == (code, False)
