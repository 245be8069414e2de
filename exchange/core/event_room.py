"""Where event rows are written: rows that nobody reads any more are written over, others never."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any, cast

from exchange.core.commands import Rows
from exchange.core.layout import EVENT_COLUMNS
from matching.memory import grown, zeros

FIRST_ROWS = 1024
SPARES = 2
"""Whoever applies a batch may hold the events of the one before meanwhile: one more is free then."""
COPIED_ROWS = 32
"""So few are copied: it costs less than to change places, and keeps no large array alive."""
_grown = partial(grown, large_pages=True)


class EventRoom:
    """The array that the next batch's event rows are written into, and spare ones.

    rows: int64[n, EVENT_COLUMNS].
    """

    def __init__(self) -> None:
        self.rows: Rows = zeros(FIRST_ROWS, EVENT_COLUMNS)
        self._spares: list[Rows] = []

    def grow(self, rows: int, kept: int) -> None:
        """Make room for at least this many rows, and keep the first ``kept``."""
        if len(self.rows) < rows:
            self.rows = _grown(self.rows[:kept], 2 * rows, EVENT_COLUMNS)
            self._spares = []

    def told(self, count: int) -> Rows:
        """Return the first rows, which stay as they are for as long as anyone holds them.

        They are the very rows that were written where there is another array to write on in, else a copy.
        """
        told: Rows = self.rows[:count]
        if count <= COPIED_ROWS:
            return told.copy()
        if len(self._spares) < SPARES:
            self._spares.append(zeros(*self.rows.shape, large_pages=True))
        for place, spare in enumerate(self._spares):
            if is_free(spare):
                self.rows, self._spares[place] = spare, self.rows
                return told
        return told.copy()


def _references(rows: Rows) -> int:
    return sys.getrefcount(cast("Any", rows.base))


_UNREAD = _references(zeros(1, EVENT_COLUMNS))
"""As many references has the memory of an array of which there is no part."""


def is_free(rows: Rows) -> bool:
    """Say whether nobody holds a part of an array: parts, and parts of parts, refer to its memory."""
    return _references(rows) == _UNREAD
