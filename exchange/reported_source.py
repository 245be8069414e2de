"""Indices from what is reported: each day's observations become its prints by the published methodology.

Between two prints the index stands at the last one. The prints are a function of the reports and their
times alone: after a restart they follow again from the files, and the log says which were published.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from threading import Lock

from exchange.core.days import NS_PER_DAY
from exchange.index_source import IndexSource, Print, Published
from exchange.indices.observations import Observation
from exchange.indices.panel import Panel
from exchange.indices.publication import IndexPrint, Publisher
from exchange.indices.series import close_ns
from exchange.observation_store import ObservationStore, Report

logger = logging.getLogger(__name__)

DELAY_NS = 2 * 3_600 * 1_000_000_000
"""How long after its window closes an index is printed, for reports of the last minutes; a default."""
PATIENCE_NS = 6 * 3_600 * 1_000_000_000
"""How long after its time a fixing may still come before a contract settles without it; a default."""


class ReportedSource:
    """Prints the publisher's indices from reports; others, and days before the first print, from ``before``.

    store: the reports so far; later ones come by ``take``. take and due may be called from threads.
    """

    def __init__(self, store: ObservationStore, publisher: Publisher, before: IndexSource) -> None:
        self._store = store
        self._lock = Lock()
        self._publisher = publisher
        self._before = before
        self._names = {each.name for each in publisher.methodologies}
        # Former reports are read as their days are closed anew: a long history need not fit in memory.
        self._former: Iterator[Report] = store.reports()
        self._waiting: deque[Report] = deque()
        self._closed_day: int | None = None
        self._read_on()
        self._latest: dict[str, tuple[int, int]] = {}
        """Index -> the last day that has a price, and the price."""
        self._priced: dict[tuple[str, int], int] = {}
        """(index, day) -> how many of its versions had a price."""

    @property
    def indices(self) -> tuple[str, ...]:
        """Names of the indices that have a price."""
        return tuple(dict.fromkeys((*self._before.indices, *sorted(self._names))))

    def take(self, report: Report) -> None:
        """Keep a report, durably; raises OSError, and then nothing has changed."""
        with self._lock:
            # The rest of the former ones first: a file that is written now must not be read as one of them.
            while self._read_on():
                pass
            self._store.append(report)
            self._wait(report)

    def price_micros(self, index: str, ts_ns: int) -> int:
        """Return the last print of an index."""
        latest = self._latest.get(index)
        return self._before.price_micros(index, ts_ns) if latest is None else latest[1]

    def next_ns(self, after_ns: int) -> int:
        """Return the first time after another at which a day may close or a former source may print."""
        day = after_ns // NS_PER_DAY
        closes = (self._due_ns(day + later) for later in (-1, 0, 1, 2))
        return min(self._before.next_ns(after_ns), *(at for at in closes if at > after_ns))

    def due(self, at_ns: int, published: Published) -> list[Print]:
        """Close each day whose time has come; return its fixings, and what late reports revise."""
        found = [
            one
            for one in self._before.due(at_ns, published)
            if one.index_name not in self._names
            or self._closed_day is None
            or one.day <= self._closed_day
        ]
        with self._lock:
            return found + self._close(at_ns, published)

    def is_awaited(self, index: str, day: int, at_ns: int) -> bool:
        """Return whether a day's fixing is not yet due, or late by no more than PATIENCE_NS."""
        if index not in self._names:
            return self._before.is_awaited(index, day, at_ns)
        return at_ns < self._due_ns(day) + PATIENCE_NS

    def _close(self, at_ns: int, published: Published) -> list[Print]:
        found: list[Print] = []
        closed = self._closed_day
        while closed is not None and self._due_ns(closed + 1) <= at_ns:
            closed = self._closed_day = closed + 1
            for one in self._publisher.close(closed, self._arrived(self._due_ns(closed))):
                found += self._priced_print(one, published)
            self._store.join(closed)
        return found

    def _priced_print(self, one: IndexPrint, published: Published) -> list[Print]:
        key = one.index, one.day
        if one.price_micros is None:
            logger.warning("%s of day %d is withheld: %s", *key, one.withheld_reason)
            return []
        self._priced[key] = self._priced.get(key, 0) + 1
        if one.day >= self._latest.get(one.index, (0, 0))[0]:
            self._latest[one.index] = one.day, one.price_micros
        # What the log has already, or an operator restated since, is not published anew.
        if self._priced[key] <= published.get(key, (0, 0))[1]:
            return []
        return [Print(one.index, one.day, one.price_micros)]

    def _wait(self, report: Report) -> None:
        self._waiting.append(report)
        if self._closed_day is None:
            # The first report begins the series, with the first day that it tells of.
            self._closed_day = min(row.ts_ns for row in report.rows) // NS_PER_DAY - 1

    def _read_on(self) -> bool:
        """Take the next of the former reports; False where there is none."""
        report = next(self._former, None)
        if report is not None:
            self._wait(report)
        return report is not None

    def _arrived(self, until_ns: int) -> Panel:
        rows: list[Observation] = []
        while (self._waiting or self._read_on()) and self._waiting[0].reported_ns <= until_ns:
            rows += self._waiting.popleft().rows
        return Panel.of(rows)

    def _due_ns(self, day: int) -> int:
        """Return when a day is printed: DELAY_NS after the last of its indices' windows closed."""
        return DELAY_NS + max(
            close_ns(day, each.at(day).terms.publication) for each in self._publisher.methodologies
        )
