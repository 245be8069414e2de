"""Event rows stay as they are for as long as anyone holds any part of them, and are not kept longer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.event_room import COPIED_ROWS, SPARES, EventRoom, is_free
from exchange.core.layout import EVENT_COLUMNS
from matching.memory import zeros

counts = st.integers(0, 3 * COPIED_ROWS)


@given(st.lists(st.tuples(counts, st.integers(0, 5)), max_size=30))
def test_what_is_held_never_changes(batches: list[tuple[int, int]]) -> None:
    room = EventRoom()
    held: list[tuple[np.ndarray, int]] = []
    for number, (count, forgotten) in enumerate(batches, 1):
        room.rows[:count] = number
        told = room.told(count)
        assert told.shape == (count, EVENT_COLUMNS)
        # Parts of parts count as well.
        held.append((told[count // 2 :][:, 1:3], number))
        assert all((part == said).all() for part, said in held)
        del told
        del held[:forgotten]


def test_three_arrays_take_turns_where_one_batch_is_held_while_the_next_is_applied() -> None:
    room = EventRoom()
    memory = set()
    told = None
    for _ in range(20):
        told = room.told(COPIED_ROWS + 1)
        memory.add(told.ctypes.data)
    assert len(memory) == 1 + SPARES


def test_few_rows_and_those_for_which_there_is_no_spare_are_copied() -> None:
    room = EventRoom()
    assert room.told(COPIED_ROWS).flags.owndata
    held = [room.told(COPIED_ROWS + 1) for _ in range(SPARES + 3)]
    assert [part.flags.owndata for part in held] == [False] * SPARES + [True] * 3
    held.clear()
    assert not room.told(COPIED_ROWS + 1).flags.owndata


def test_growing_keeps_what_is_written_and_what_is_held() -> None:
    room = EventRoom()
    room.rows[:50] = 1
    held = room.told(50)
    room.rows[:60] = 2
    room.grow(5_000, 60)
    assert len(room.rows) >= 5_000
    assert (room.rows[:60] == 2).all()
    assert not room.rows[60:].any()
    room.told(4_000)
    room.rows[:] = 3
    assert (held == 1).all()


@pytest.mark.parametrize("rows", [1, 1 << 16])
def test_an_array_is_free_while_there_is_no_part_of_it(rows: int) -> None:
    array = zeros(rows, EVENT_COLUMNS, large_pages=True)
    assert is_free(array)
    part = array[:1]
    inner = memoryview(part[:, 2])
    del part
    assert not is_free(array)
    inner.release()
    assert is_free(array)
