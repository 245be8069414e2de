"""Several commands, one answer: in order, after the last, and honest about half of them."""

from __future__ import annotations

from typing import Any, cast

import pytest

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from exchange.gateway import sequencing
from exchange.gateway.errors import RpcError
from exchange.sequencer import Done, Outcome, SequencerFull, SequencerStopped
from exchange.venue import Venue

COMMANDS = [Command(1, account) for account in range(3)]


class Queue:
    """Takes a bounded number of commands; a test completes them."""

    def __init__(self, room: int, refusal: Exception | None = None) -> None:
        self.room = room
        self.refusal = refusal or SequencerFull("full")
        self.taken: list[tuple[Command, Done]] = []

    def submit(self, command: Command, done: Done) -> None:
        if len(self.taken) >= self.room:
            raise self.refusal
        self.taken.append((command, done))

    @property
    def sequencer(self) -> Queue:
        return self

    def submit_together(self, commands: list[Command], done: Done) -> None:
        if len(self.taken) + len(commands) > self.room:
            raise self.refusal
        self.taken += [(command, done) for command in commands]

    def complete(self, outcome: SequencerStopped | None = None) -> None:
        for position, (_, done) in enumerate(self.taken):
            done(outcome or Outcome(position, 0, []))


def submit(queue: Queue, commands: list[Command]) -> list[Any]:
    answers: list[Any] = []
    sequencing.submit(cast(Venue, queue), commands, answers.append)
    return answers


@pytest.mark.parametrize("count", [1, 2, 3])
def test_all_outcomes_come_once_in_order(count: int) -> None:
    queue = Queue(10)
    answers = submit(queue, COMMANDS[:count])
    assert [command for command, _ in queue.taken] == COMMANDS[:count]
    assert answers == []
    queue.complete()
    assert [[outcome.seq for outcome in one] for one in answers] == [list(range(count))]


def test_an_order_and_those_linked_to_it_go_together() -> None:
    group = [Command(CommandKind.SUBMIT), *[Command(CommandKind.LINKED)] * 2]
    queue = Queue(10)
    answers = submit(queue, group)
    queue.complete()
    assert [[outcome.seq for outcome in one] for one in answers] == [[0, 1, 2]]
    small = Queue(2)
    with pytest.raises(RpcError) as raised:
        submit(small, group)
    assert raised.value.code == 10047
    assert small.taken == []
    with pytest.raises(RpcError) as raised:
        submit(Queue(0, SequencerStopped("over")), group)
    assert raised.value.code == 11051


def test_mass_quotes_go_together_even_when_the_last_one_is_empty() -> None:
    group = [CommandKind.MASS_QUOTE, CommandKind.LINKED, CommandKind.MASS_QUOTE]
    small = Queue(2)
    with pytest.raises(RpcError) as raised:
        submit(small, [Command(kind) for kind in group])
    assert raised.value.code == 10047
    assert small.taken == []


def test_nothing_to_do_is_done_at_once() -> None:
    assert submit(Queue(0), []) == [[]]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("refusal", "code"), [(SequencerFull("full"), 10047), (SequencerStopped("over"), 11051)]
)
def test_a_request_that_is_not_taken_is_refused(count: int, refusal: Exception, code: int) -> None:
    queue = Queue(0, refusal)
    with pytest.raises(RpcError) as raised:
        submit(queue, COMMANDS[:count])
    assert raised.value.code == code


def test_a_request_that_is_half_taken_says_so_when_that_half_is_done() -> None:
    queue = Queue(2)
    answers = submit(queue, COMMANDS)
    assert answers == []
    queue.complete()
    (error,) = answers
    assert (error.code, error.data["taken"]) == (10047, 2)


def test_an_operators_action_is_never_parted_from_its_commands() -> None:
    commands = [Command(CommandKind.ACTION, qty_lots=2), *COMMANDS[:2]]
    queue = Queue(2)
    with pytest.raises(RpcError) as raised:
        submit(queue, commands)
    assert raised.value.code == 10047
    assert queue.taken == []
    queue.room = 3
    answers = submit(queue, commands)
    queue.complete()
    assert [[outcome.seq for outcome in one] for one in answers] == [[0, 1, 2]]


@pytest.mark.parametrize("count", [1, 3])
def test_a_log_that_fails_is_told_once(count: int) -> None:
    queue = Queue(10)
    answers = submit(queue, COMMANDS[:count])
    queue.complete(SequencerStopped("the disk is full"))
    (error,) = answers
    assert error.code == 11051
    assert "the disk is full" in error.data["reason"]
