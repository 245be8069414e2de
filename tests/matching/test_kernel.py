"""The compiled entry points say when they need room, and then have changed nothing."""

from __future__ import annotations

import numpy as np
import pytest

from matching import kernel
from matching import layout as at
from matching.book import OrderBooks
from matching.compiled import KeptTable
from matching.layout import (
    CommandKind,
    Control,
    EventKind,
    Link,
    Prevention,
    Reason,
    Side,
    State,
    pack_terms,
)
from tests.matching.reference_desk import Ask
from tests.matching.verbs import Verbs

NO_CONDITIONS = np.zeros((0, at.CONDITION_COLUMNS), np.int64)


def full_pool() -> OrderBooks:
    """Return books whose pool of two has one slot left."""
    books = OrderBooks(orders=2, owners=1)
    books.add_book()
    books.submit(0, Side.BUY, 10, 1)
    return books


def test_a_batch_without_slots_for_it_waits_for_the_pool_to_grow() -> None:
    books = full_pool()
    commands = np.zeros((3, at.COMMAND_COLUMNS), np.int64)
    commands[:] = [CommandKind.SUBMIT, 0, 0, 0, pack_terms(Side.BUY), 11, 1, 0]
    before = books.digest()
    assert kernel.apply_batch(*books.arrays(NO_CONDITIONS), commands, 0, 0) == 0
    assert books.pool[at.POOL_APPLIED] == 0
    assert books.digest() == before
    assert [row[1] for row in books.apply(commands).tolist()] == [0, 1, 2]
    assert books.live == 4


def test_a_batch_waits_for_the_event_rows_to_grow() -> None:
    books = OrderBooks(orders=1024)
    books.add_book()
    commands = np.zeros((3, at.COMMAND_COLUMNS), np.int64)
    commands[:] = [CommandKind.SUBMIT, 0, 0, 0, pack_terms(Side.BUY), 11, 1, 0]
    needed = int(kernel.rows_needed(books.pool))
    books.events = np.zeros((needed, at.EVENT_COLUMNS), np.int64)
    before = books.digest()
    too_few = books.arrays(NO_CONDITIONS)._replace(events=books.events[:-1])
    assert kernel.apply_batch(*too_few, commands, 0, 0) == 0
    assert books.pool[at.POOL_APPLIED] == 0
    assert books.digest() == before
    assert kernel.apply_batch(*books.arrays(NO_CONDITIONS), commands, 0, 0) == 1
    assert books.pool[at.POOL_APPLIED] == 1


@pytest.mark.parametrize("verb", ["submit", "amend", "control"])
def test_a_verb_without_room_changes_nothing(verb: str) -> None:
    books = full_pool()
    order_id = books.orders(0, Side.BUY)[0][0]
    arrays = books.arrays(NO_CONDITIONS)._replace(events=np.zeros((4, 8), np.int64))
    kept = KeptTable(arrays)
    before = books.digest()
    if verb == "submit":
        answer = kernel.apply_submit(kept.address, 0, 0, pack_terms(Side.BUY), 11, 1)
    elif verb == "amend":
        answer = kernel.apply_amend(kept.address, order_id, 0, 11, 1)
    else:
        answer = kernel.apply_control(
            kept.address, int(Control.SET_STATE), 0, int(State.CLOSED), 0, 0, 0
        )
    assert answer == kernel.NEEDS_ROOM
    assert not arrays.events.any()
    assert books.digest() == before


@pytest.mark.parametrize(
    ("resting", "prevention", "written"),
    [
        (Ask(Side.SELL, 100, 640, display_lots=10), Prevention.NONE, 64 + 63),
        (Ask(Side.SELL, 100, 640, display_lots=10), Prevention.DECREMENT, 3 * 64 - 1),
        (Ask(Side.SELL, 100, 640), Prevention.DECREMENT, 2),
    ],
    ids=["icebergs", "icebergs of the own group", "plain orders of the own group"],
)
def test_no_command_writes_more_rows_than_were_asked_for(
    resting: Ask, prevention: int, written: int
) -> None:
    """A sweep of many orders; each writes at most so many rows, which were asked for before."""
    count = 15_000 if written == 2 else 400
    books = OrderBooks(orders=count)
    verbs = Verbs(books)
    verbs.add_book()
    table = [resting.condition(first=True)]
    row = [CommandKind.SUBMIT, 0, 0, 1, resting.terms, 100, 640, int(resting.display_lots > 0)]
    verbs.apply([row] * count, table)
    bound = int(kernel.rows_needed(books.pool))
    books.grow_events(count * written + 1000, 0)
    books._bind()
    answered = len(verbs.submit(0, Side.BUY, 200, count * 640 + 1, owner=1, prevention=prevention))
    assert count * (written - 1) < answered <= count * written + 2
    assert answered <= bound


@pytest.mark.parametrize("kind", [CommandKind.MASS_QUOTE, CommandKind.SUBMIT])
def test_a_table_may_be_shared_by_many_commands(kind: int) -> None:
    """Each brings as many orders as the table says, far more than it has rows."""
    books = OrderBooks(orders=1, owners=40)
    books.add_book()
    table = [Ask(Side.BUY, price_ticks, 1).condition() for price_ticks in range(64)]
    size, orders, terms = 64, 64, 0
    if kind == CommandKind.SUBMIT:
        first = Ask(Side.BUY, 5, 1, link=Link.OTO)
        table = [first.condition(linked=8, first=True), *table[:8]]
        size, orders, terms = 1, 9, first.terms
    rows = [[kind, 0, 0, owner, terms, 5, size, 1] for owner in range(40)]
    Verbs(books).apply(rows, table)
    assert books.live == 40 * orders
    assert len(books.order_rows) == len(books.details) >= books.live


def test_a_verb_that_is_none_is_rejected_and_the_rest_goes_on(books: Verbs) -> None:
    rows = [[99] + [0] * 7, [CommandKind.SUBMIT, 0, 0, 0, 0, 10, 1, 0], [-1] + [0] * 7]
    assert [(row[0], row[1], row[3]) for row in books.apply(rows)] == [
        (EventKind.REJECTED, 0, Reason.UNKNOWN_COMMAND),
        (EventKind.ACCEPTED, 1, 0),
        (EventKind.REJECTED, 2, Reason.UNKNOWN_COMMAND),
    ]
    assert books.live == 1


def test_a_cancel_needs_no_room() -> None:
    books = full_pool()
    order_id = books.orders(0, Side.BUY)[0][0]
    kept = KeptTable(books.arrays(NO_CONDITIONS))
    rows = kernel.apply_cancel(kept.address, order_id)
    assert rows == 1
    assert books.events[0, at.EVENT_KIND] == EventKind.CANCELLED
