"""An action is told in front of its commands, changes nothing itself, and is never half of one."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.core import layout as at
from exchange.core.actions import Action, is_sound
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Reason, State
from tests.exchange.core.lab import USD, Lab, reason_of, spec

ACTION = Action(
    operator="olivia", key="k1", method="operator/set_state", reason="a rumour", params={"a": 1}
)


def told(action: Action = ACTION, commands: int = 1, **changes: Any) -> Command:
    text = msgspec.json.encode(msgspec.structs.replace(action, **changes)).decode()
    return Command(CommandKind.ACTION, qty_lots=commands, text=text)


def lab() -> Lab:
    return Lab(spec(), deposits=(10**6 * USD,))


def test_the_action_comes_before_what_it_does() -> None:
    desk = lab()
    halt = Command(CommandKind.SET_STATE, instrument=0, qty_lots=int(State.HALTED))
    rows = desk.do(told(), halt)
    assert [row[at.EVENT_KIND] for row in rows] == [
        EventKind.ACTION_TAKEN,
        EventKind.STATE_CHANGED,
    ]
    assert rows[0][at.EVENT_QTY_LOTS] == 1
    assert rows[1][at.EVENT_SEQ] == rows[0][at.EVENT_SEQ] + 1


def test_an_action_by_itself_changes_nothing() -> None:
    desk = lab()
    before = desk.timeless_digest
    assert desk.do(told())[0][at.EVENT_KIND] == EventKind.ACTION_TAKEN
    assert desk.timeless_digest == before


UNSOUND = [
    told(reason=""),
    told(reason="x" * 201),
    told(reason="  "),
    told(reason="line\nbreak"),
    told(operator=""),
    told(operator="x" * 65),
    told(key=""),
    told(method=""),
    told(method="x" * 65),
    told(hold_until_ns=-1),
    told(hold_until_ns=1 << 63),
    told(commands=0),
    told(commands=4097),
    told(commands=-1),
    told(holds=("mark:A",), commands=2),
    told()._replace(text=""),
    told()._replace(text='{"params": {"a": ' + "[" * 100_000),
    told()._replace(text="{}"),
    told()._replace(text='{"operator": 3}'),
]


@pytest.mark.parametrize("command", UNSOUND, ids=range(len(UNSOUND)))
def test_one_that_does_not_say_who_and_why_is_refused(command: Command) -> None:
    desk = lab()
    before = desk.timeless_digest
    assert reason_of(desk.do(command)) == Reason.INVALID_SPEC
    assert desk.timeless_digest == before


def test_the_longest_of_everything_is_sound() -> None:
    longest = msgspec.structs.replace(
        ACTION, operator="o" * 64, key="k" * 64, method="m" * 64, reason="r" * 200
    )
    assert is_sound(longest, 4096)
    assert is_sound(msgspec.structs.replace(ACTION, holds=("a", "b"), hold_until_ns=1 << 62), 2)
