"""The compiled batch by itself."""

from __future__ import annotations

import numpy as np

from exchange.core import kernel
from exchange.core import layout as at
from exchange.core.commands import NO_CONDITIONS, Rows, batch_of
from exchange.core.control import NO_VERB
from exchange.core.core import Core
from matching.layout import POOL_APPLIED, Prevention
from tests.exchange.core.lab import BUY, USD, Lab, spec, submit


def test_a_batch_without_room_stops_before_the_command_that_needs_it() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    core, books = lab.core, lab.core.books
    digest = lab.digest
    order = submit(0, BUY, 290, 1, prevention=Prevention.CANCEL_RESTING)
    rows = batch_of([order] * 3, core.seq + 1, lab.ts_ns + 1).rows
    whole = np.zeros((1 << 17, at.EVENT_COLUMNS), np.int64)
    for events, matched in ((whole[:11], books.events), (whole, books.events[:11])):
        written = apply(core, rows, events, matched, 0)
        assert (written, books.pool[POOL_APPLIED]) == (0, 0)
        assert lab.digest == digest
    most = kernel.most_events(books.rows, books.pool)
    events = whole[: kernel.ROWS_OF_A_ROW * most + 1]
    # Room for the second command is there as well, if the first leaves that much.
    written = apply(core, rows, events, books.events, 0)
    assert (written, books.pool[POOL_APPLIED]) == (1, 1)
    assert apply(core, rows, whole, books.events, 1) == 3
    assert books.pool[POOL_APPLIED] == 3
    assert books.live == 3


def test_commands_of_the_short_way_need_one_row_each() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    core, books = lab.core, lab.core.books
    rows = batch_of([submit(0, BUY, 290, 1)] * 3, core.seq + 1, lab.ts_ns + 1).rows
    whole = np.zeros((1 << 17, at.EVENT_COLUMNS), np.int64)
    assert apply(core, rows, whole[:2], books.events[:0], 0) == 2
    assert books.pool[POOL_APPLIED] == books.live == 2
    assert apply(core, rows, whole, books.events, 2) == 3
    assert whole[:3, at.EVENT_SEQ].tolist() == rows[:, at.COMMAND_SEQ].tolist()


def apply(core: Core, rows: Rows, events: Rows, matched: Rows, start: int) -> int:
    """Run the kernel from a row on, behind as many event rows."""
    return kernel.apply_batch(
        *core.books.arrays(NO_CONDITIONS[:, at.CONDITIONS_OF_FLOOR :])[:8],
        matched,
        *core.ledger(),
        rows,
        events,
        NO_CONDITIONS,
        start,
        start,
        NO_VERB,
    )
