"""Actions and what became of them, against the commands that were sent."""

from __future__ import annotations

import msgspec
import pytest

from exchange.core.actions import Action
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, Reason, State
from exchange.views.actions import ActionView
from exchange.views.views import Views
from tests.exchange.views.market_flow import Line, opening

HALT = Command(CommandKind.SET_STATE, instrument=0, qty_lots=int(State.HALTED))
NOWHERE = Command(CommandKind.SET_STATE, instrument=9, qty_lots=int(State.HALTED))


def told(reason: str, commands: int, **said: object) -> Command:
    action = Action(operator="olivia", key="k", method="operator/set_state", reason=reason, **said)  # type: ignore[arg-type]
    text = msgspec.json.encode(action).decode()
    return Command(CommandKind.ACTION, qty_lots=commands, text=text)


def flow() -> tuple[Line, Views]:
    line, views = Line(), Views()
    views.apply(*line.apply(opening()))
    return line, views


def test_each_is_kept_with_the_refusals_of_its_own_commands_alone() -> None:
    line, views = flow()
    first = line.core.seq + 1
    views.apply(*line.apply([told("one", 2), HALT, NOWHERE, NOWHERE]))
    views.apply(*line.apply([told("two", 1), HALT]))
    newest, former = views.actions.newest()
    assert (newest.action.reason, newest.refused) == ("two", {})
    assert (former.action.reason, former.seq, former.commands) == ("one", first, 2)
    assert former.refused == {first + 2: Reason.UNKNOWN_INSTRUMENT}
    assert former.ts_ns < newest.ts_ns == line.ts_ns
    assert [taken.seq for taken in views.actions.newest(newest.seq)] == [first]


def test_only_the_newest_are_kept() -> None:
    line, _ = flow()
    view = ActionView(kept=2)
    for reason in "abc":
        rows, texts = line.apply([told(reason, 1), HALT])
        view.take(rows[0], msgspec.json.decode(texts[rows[0][1]], type=Action))
    assert [taken.action.reason for taken in view.newest()] == ["c", "b"]


def test_a_snapshot_goes_on_where_it_was_taken() -> None:
    line, views = flow()
    views.apply(*line.apply([told("one", 2, params={"a": "1"}), HALT, NOWHERE]))
    restored = Views()
    restored.restore(views.snapshot())
    assert restored.snapshot() == views.snapshot()
    batch = line.apply([told("two", 1), NOWHERE, HALT])
    for each in (views, restored):
        each.apply(*batch)
    assert list(restored.actions.newest()) == list(views.actions.newest())
    assert [len(taken.refused) for taken in restored.actions.newest()] == [1, 1]


def test_a_snapshot_from_before_there_were_actions_has_none() -> None:
    orders, trades, marks, *_ = msgspec.msgpack.decode(Views().snapshot())
    views = Views()
    views.restore(msgspec.msgpack.encode([orders, trades, marks]))
    assert list(views.actions.newest()) == []
    assert views.holds.until_ns == {}
    with pytest.raises(msgspec.DecodeError):
        ActionView().restore(b"\x91\x01")
