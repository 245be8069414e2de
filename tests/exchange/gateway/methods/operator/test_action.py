"""Every change says who and why, in front of its commands; without that it is none."""

from __future__ import annotations

import pytest

from exchange.core.layout import CommandKind, EventKind
from exchange.gateway.rpc import METHODS, Sequenced
from tests.exchange.gateway.methods.desk import NEAR
from tests.exchange.gateway.methods.operator.control_room import OLIVIA, WHY, ControlRoom

CHANGES = {
    "operator/list_instrument",
    "operator/set_state",
    "operator/set_mark",
    "operator/print_index",
    "operator/settle",
    "operator/fund",
    "operator/open_account",
    "operator/transfer",
    "operator/set_account_limits",
    "operator/move",
    "operator/stop_trading",
    "operator/resume_trading",
    "operator/restrict",
    "operator/set_position_limit",
    "operator/block_trade",
    "operator/give_up",
    "operator/bust",
    "operator/adjust",
    "operator/close_out",
    "operator/fund_layer",
    "operator/set_margin_terms",
    "operator/day_roll",
    "operator/publish_fixing",
}


def test_changes_need_the_scope_to_write_and_a_reason() -> None:
    found = {
        name: method
        for name, method in METHODS.items()
        if name.startswith("operator/") and method.scope == "operator:read_write"
    }
    assert found.keys() >= CHANGES
    for name, method in found.items():
        assert "reason" in method.params.__struct_fields__, name
    others = {method.scope for name, method in METHODS.items() if "operator" in name}
    # An index provider reports under a scope of its own.
    assert others == {"operator:read", "operator:read_write", "index:read_write"}


def test_the_action_is_the_first_command_and_says_who_what_and_why(room: ControlRoom) -> None:
    asked = room.ask(
        -1, "operator/set_state", {"state": "halted", "instrument_name": NEAR, "reason": WHY}
    )
    assert isinstance(asked, Sequenced)
    assert [command.kind for command in asked.commands] == [
        CommandKind.ACTION,
        CommandKind.SET_STATE,
    ]
    before = room.core.seq
    result = room.do("set_state", state="halted", instrument_name=NEAR)
    assert result["seq"] == before + 1
    assert [row[0] for row in room.rows] == [EventKind.ACTION_TAKEN, EventKind.STATE_CHANGED]
    (taken,) = room.views.actions.newest()
    assert (taken.action.operator, taken.action.key) == (OLIVIA.account, OLIVIA.client_id)
    assert (taken.action.method, taken.action.reason) == ("operator/set_state", WHY)
    assert taken.action.params == {"state": "halted", "instrument_name": NEAR}


@pytest.mark.parametrize("reason", ["", " ", "x" * 201, "line\nbreak", "\x7f", 7, None])
def test_a_change_without_a_good_reason_is_refused(room: ControlRoom, reason: object) -> None:
    wrong = room.refused("set_state", state="halted", instrument_name=NEAR, reason=reason)
    assert wrong["code"] == -32602
    assert "reason" in f"{wrong['reason']} {wrong.get('param')}"
    assert not wrong["logged"]


def test_a_reason_of_200_characters_in_any_script_is_good(room: ControlRoom) -> None:
    reason = "ü−é株 " * 40
    assert len(reason) == 200
    room.do("set_state", state="halted", instrument_name=NEAR, reason=reason)
    assert next(room.views.actions.newest()).action.reason == reason


def test_what_the_core_refuses_is_answered_and_stays_in_the_trail(room: ControlRoom) -> None:
    wrong = room.refused("transfer", account="alice", amount=-50_000_001)
    assert wrong == {
        "code": 10009,
        "logged": True,
        "param": "amount",
        "reason": "margin does not let so much go",
        "venue_reason": "insufficient_funds",
    }
    (taken,) = room.views.actions.newest()
    assert list(taken.refused) == [taken.seq + 1]
