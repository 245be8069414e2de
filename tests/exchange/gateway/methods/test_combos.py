"""Combos as objects of their own, with the fields of Deribit's."""

from __future__ import annotations

from typing import Any

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from marketdata.messages import State
from tests.exchange.gateway.methods.desk import ALICE, FAR, NEAR, Desk, refusal
from tests.exchange.gateway.methods.spreads import SPREAD, list_spread


def test_a_combo_is_told_with_its_legs_and_state(desk: Desk) -> None:
    assert desk.call(ALICE, "public/get_combos") == []
    list_spread(desk)
    (found,) = desk.call(ALICE, "public/get_combos", currency="any")
    listed = desk.call(ALICE, "public/get_instrument", instrument_name=SPREAD)
    assert found == {
        "id": SPREAD,
        "instrument_id": listed["instrument_id"],
        "creation_timestamp": listed["creation_timestamp"],
        "state": "active",
        "state_timestamp": found["state_timestamp"],
        "legs": [
            {"instrument_name": NEAR, "amount": 1},
            {"instrument_name": FAR, "amount": -1},
        ],
        "implied": False,
    }
    assert desk.call(ALICE, "public/get_combo_details", combo_id=SPREAD) == found
    assert desk.call(ALICE, "public/get_combos", currency="GPU1") == []
    assert refusal(desk, ALICE, "public/get_combos", currency="BTC")[0] == -32602


def test_ids_are_narrowed_by_state(desk: Desk) -> None:
    def ids(**params: Any) -> list[str]:
        found: list[str] = desk.call(ALICE, "public/get_combo_ids", **params)
        return found

    list_spread(desk)
    number = desk.instruments[SPREAD].instrument_id
    assert (ids(), ids(state="active"), ids(state="inactive")) == ([SPREAD], [SPREAD], [])
    desk.apply([Command(CommandKind.SET_STATE, instrument=number, qty_lots=State.HALTED)])
    assert (ids(), ids(state="active"), ids(state="inactive")) == ([SPREAD], [], [SPREAD])
    halted = desk.call(ALICE, "public/get_combo_details", combo_id=SPREAD)
    assert (halted["state"], halted["state_timestamp"]) == ("inactive", desk.ts_ns // 1_000_000)


def test_lists_leave_an_expired_combo_out_and_details_do_not(desk: Desk) -> None:
    list_spread(desk)
    desk.apply([Command(CommandKind.SETTLE, instrument=0, amount_micros=2_800_000)])
    assert desk.call(ALICE, "public/get_combos") == []
    assert desk.call(ALICE, "public/get_combo_ids") == []
    details = desk.call(ALICE, "public/get_combo_details", combo_id=SPREAD)
    assert details["state"] == "inactive"


def test_a_name_that_is_no_combo_is_not_found(desk: Desk) -> None:
    for name in ("X", NEAR):
        code, param = refusal(desk, ALICE, "public/get_combo_details", combo_id=name)[:2]
        assert (code, param) == (13020, "combo_id")
