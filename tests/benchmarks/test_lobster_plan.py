"""An hour of AAPL: the tape's aggressors and best prices come out of a plain price-time book."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.lobster import Message, Touch, read_messages, read_touches
from benchmarks.lobster_plan import Execution, TapeCommand, plan
from matching.book import OrderBooks
from matching.layout import CommandKind, EventKind, Side
from tests.matching.twins import rows_of

BUY, SELL = Side
LEVELS, BASE_TICKS = 24_576, 46_000


@pytest.fixture(scope="session")
def hour(shared_data: Path) -> list[TapeCommand]:
    path = shared_data / "order_flow/AAPL_2012-06-21_first_hour_message_50.csv.gz"
    return plan(read_messages(path))


class Replay:
    """Runs a plan on the books, key by key, and keeps what they executed and showed."""

    def __init__(self) -> None:
        self.books = OrderBooks()
        self.books.add_book(LEVELS, BASE_TICKS)
        self.order_ids: dict[int, int] = {}
        self.touches: list[Touch] = []

    def run(self, command: TapeCommand) -> tuple[Execution, ...]:
        if command.kind == CommandKind.CANCEL:
            (event,) = rows_of(self.books.cancel(self.order_ids[command.key]))
            assert event[0] == EventKind.CANCELLED
            return ()
        if command.kind == CommandKind.AMEND:
            order_id = self.order_ids[command.key]
            events = rows_of(self.books.amend(order_id, command.price_ticks, command.qty_lots))
            assert [event[0] for event in events] == [EventKind.AMENDED]
            return ()
        during = list(self.touches_during(command)) if command.fills else []
        price_ticks, qty_lots = command.price_ticks, command.qty_lots
        events = rows_of(
            self.books.submit(
                0, command.side, price_ticks, qty_lots, tif=command.tif, owner=command.key
            )
        )
        self.order_ids[command.key] = events[0][2]
        executed = [event for event in events if event[0] == EventKind.EXECUTED]
        self.touches += during
        keys = {self.order_ids[key]: key for key, _, _ in command.executions}
        return tuple(Execution(keys[row[3]], row[5], row[4]) for row in executed)

    def touches_during(self, command: TapeCommand) -> Iterator[Touch]:
        """Yield the best prices after each execution of an aggressor that is about to be sent."""
        resting_side = 1 - command.side
        own = (self.books.depth(0, command.side, 1) or [(None, 0, 0)])[0]
        queue = self.books.orders(0, resting_side)
        left = command.qty_lots
        while left:
            lots = min(left, queue[0][3])
            left -= lots
            order_id, owner, price_ticks, leaves_lots, *others = queue.pop(0)
            if leaves_lots > lots:
                rest = (order_id, owner, price_ticks, leaves_lots - lots, *others)
                queue.insert(0, rest)
            best = queue[0][2]
            other = (best, sum(order[3] for order in queue if order[2] == best))
            yield Touch(*other, *own[:2]) if resting_side == SELL else Touch(*own[:2], *other)

    def touch(self) -> Touch:
        """Best prices now."""
        ask, bid = self.books.best_ask(0), self.books.best_bid(0)
        return Touch(
            ask,
            0 if ask is None else self.books.level(0, SELL, ask)[0],
            bid,
            0 if bid is None else self.books.level(0, BUY, bid)[0],
        )


@pytest.fixture(scope="session")
def replayed(hour: list[TapeCommand]) -> tuple[Replay, int]:
    """The hour run on the books, and how many aggressors executed as on the tape."""
    replay = Replay()
    tape_ids = {command.key: command.tape_id for command in hour}
    as_on_tape = 0
    for command in hour:
        executions = replay.run(command)
        assert executions == command.executions
        if command.fills:
            as_on_tape += command._replace(executions=executions).is_as_on_tape(tape_ids)
        if command.settled:
            replay.touches.append(replay.touch())
    return replay, as_on_tape


def test_aggressors_execute_as_on_the_tape(
    hour: list[TapeCommand], replayed: tuple[Replay, int]
) -> None:
    aggressors = [command for command in hour if command.fills]
    assert len(aggressors) == 3_290
    assert replayed[1] >= 3_282


def test_best_prices_and_sizes_are_those_of_the_tape(
    replayed: tuple[Replay, int], shared_data: Path
) -> None:
    """States are compared in order, each once, and found within the next twenty."""
    touches = distinct(read_touches(shared_data / "order_flow/AAPL_2012-06-21_orderbook_1.csv.gz"))
    shown = distinct(replayed[0].touches)
    position = found = 0
    for touch in shown:
        window = touches[position : position + 20]
        if touch in window:
            position += window.index(touch) + 1
            found += 1
    assert position == 23_440
    assert found >= 23_420


def distinct(touches: list[Touch]) -> list[Touch]:
    """Drop repetitions of the state before."""
    return [one for n, one in enumerate(touches) if n == 0 or one != touches[n - 1]]


def test_a_late_order_goes_before_the_younger_of_its_level() -> None:
    tape = [
        Message(1, 1, 20, 5, 100, BUY),
        Message(2, 1, 10, 3, 100, BUY),
        Message(3, 4, 10, 3, 100, BUY),
        Message(3, 4, 20, 1, 100, BUY),
    ]
    commands = plan(tape)
    assert [(c.kind, c.tape_id, c.settled) for c in commands] == [
        (CommandKind.SUBMIT, 20, True),
        (CommandKind.SUBMIT, 10, True),
        (CommandKind.CANCEL, 20, False),
        (CommandKind.SUBMIT, 20, True),
        (CommandKind.SUBMIT, 0, True),
    ]
    tape_ids = {command.key: command.tape_id for command in commands}
    assert commands[-1].is_as_on_tape(tape_ids)


def test_a_level_that_traded_otherwise_is_put_back_to_the_tape() -> None:
    tape = [
        Message(1, 1, 10, 5, 100, BUY),
        Message(2, 1, 20, 5, 100, BUY),
        Message(3, 4, 20, 5, 100, BUY),
        Message(4, 4, 10, 5, 100, BUY),
    ]
    commands = plan(tape)
    tape_ids = {command.key: command.tape_id for command in commands}
    aggressors = [command for command in commands if command.fills]
    assert [one.is_as_on_tape(tape_ids) for one in aggressors] == [False, True]
