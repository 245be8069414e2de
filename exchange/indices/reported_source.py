"""Indices from what is reported: each day's observations become its prints by the published methodology.

Between two prints the index stands at the last one. The prints are a function of the reports and their
times alone: after a restart they follow again from the files, and the log says which were published.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from threading import Lock

from exchange.indices.index_source import IndexSource, Print, Published
from exchange.indices.observation_store import ObservationStore, Report
from exchange.indices.observations import Observation
from exchange.indices.panel import Panel
from exchange.indices.publication import IndexPrint, Publisher
from exchange.indices.series import close_ns
from marketdata.days import NS_PER_DAY

logger = logging.getLogger(__name__)

LATEST_NS = 12 * 3_600 * 1_000_000_000
"""How long after its window closed a day is printed at the latest, whoever has not reported; a default."""


class ReportedSource:
    """Prints the publisher's indices from reports; others, and days before the first print, from ``before``.

    A day is printed once a row from after its window's close is reported, since reports come in order of
    time, or LATEST_NS after the close.

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
        """Return the first time after another at which a day is printed or a former source may print.

        A day that is printed sooner, upon a report, is printed at the schedule's next look.
        """
        day = after_ns // NS_PER_DAY
        latest = (self._close_ns(day + later) + LATEST_NS for later in (-2, -1, 0, 1))
        return min(self._before.next_ns(after_ns), *(at for at in latest if at > after_ns))

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
        """Return whether a day is still to be printed."""
        if index not in self._names or self._closed_day is None:
            return self._before.is_awaited(index, day, at_ns)
        return day > self._closed_day

    def _close(self, at_ns: int, published: Published) -> list[Print]:
        found: list[Print] = []
        while self._closed_day is not None:
            day = self._closed_day + 1
            rows = self._complete(self._close_ns(day), at_ns)
            if rows is None:
                break
            self._closed_day = day
            for one in self._publisher.close(day, Panel.of(rows)):
                found += self._priced_print(one, published)
            self._store.join(day)
        return found

    def _complete(self, close_ns: int, at_ns: int) -> list[Observation] | None:
        """Return what was reported for a window that is complete by now, else None.

        What is complete depends on the reports and their times alone, whenever it is asked.
        """
        latest_ns = close_ns + LATEST_NS
        taken = 0
        while taken < len(self._waiting) or self._read_on():
            report = self._waiting[taken]
            if report.reported_ns > min(at_ns, latest_ns):
                break
            taken += 1
            if any(row.ts_ns > close_ns for row in report.rows):
                return self._take_out(taken)
        return self._take_out(taken) if at_ns >= latest_ns else None

    def _take_out(self, count: int) -> list[Observation]:
        return [row for _ in range(count) for row in self._waiting.popleft().rows]

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

    def _close_ns(self, day: int) -> int:
        """Return when a day's window closes: that of the last of its indices."""
        return max(
            close_ns(day, each.at(day).terms.publication) for each in self._publisher.methodologies
        )
