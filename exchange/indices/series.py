"""One index from close to close: which rows belong to which day, what was printed, what is revised."""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from exchange.contracts.calendar import ContractMonth, business_days, instant_ns
from exchange.indices.broad import BroadIndex
from exchange.indices.calculation import Calculation
from exchange.indices.hedonic import Coefficient
from exchange.indices.methodology import BroadTerms, Methodology, PublicationRule
from exchange.indices.panel import Panel
from exchange.indices.transaction import TransactionIndex
from marketdata.days import date_of


@lru_cache(maxsize=100_000)
def close_ns(day: int, rule: PublicationRule) -> int:
    """Return the time on a day (since 1970) until which observations count, in UTC nanoseconds."""
    return instant_ns(date_of(day), rule.time, rule.time_zone)


@lru_cache(maxsize=100_000)
def is_due(day: int, rule: PublicationRule) -> bool:
    """Return whether an index is printed on a day."""
    if rule.days == "all_days":
        return True
    date = date_of(day)
    return date in _business_days(date.year, date.month, rule.calendar)


@lru_cache(maxsize=2_000)
def _business_days(year: int, month: int, code: str) -> frozenset[object]:
    return frozenset(business_days(ContractMonth(year, month), code))


class _Closed(NamedTuple):
    """A day that can still be revised: its rows, and the state before it."""

    day: int
    rows: tuple[Panel, ...]
    before: BroadIndex


class IndexSeries:
    """An index that days are closed of, in order; late rows change days that are still open to revision."""

    def __init__(self, methodology: Methodology) -> None:
        self.methodology = methodology
        self._broad = BroadIndex()
        self._transaction = TransactionIndex()
        self._ahead: Panel | None = None
        self._closed: deque[_Closed] = deque()
        self.last_day: int | None = None

    def copy(self) -> IndexSeries:
        """Return the same index at the same day, to go on by itself, without days to revise."""
        other = IndexSeries(self.methodology)
        other._broad = self._broad.copy()
        other._ahead, other.last_day = self._ahead, self.last_day
        return other

    def coefficients(self) -> tuple[Coefficient, ...]:
        """Return the hedonic fit in force with standard errors; none of a transaction index."""
        return self._broad.coefficients()

    def close(
        self, day: int, rows: Panel
    ) -> tuple[Calculation | None, dict[int, Calculation], int]:
        """Close a day with the rows that arrived since the last close.

        Returns its calculation, None where no print is due; those of former days that late rows
        change; and how many rows came too late for any. Rows from after the close wait for their day.
        """
        rule = self.methodology.at(day).terms.publication
        waiting = rows if self._ahead is None else Panel.joined([self._ahead, rows])
        until = close_ns(day, rule)
        later = waiting.ts_ns > until
        self._ahead = waiting.take(later) if later.any() else None
        arrived = waiting.take(~later) if later.any() else waiting
        late: dict[int, Calculation] = {}
        lost = 0
        if self.last_day is not None:
            former = self.methodology.at(self.last_day).terms.publication
            old = arrived.ts_ns <= close_ns(self.last_day, former)
            if old.any():
                late, lost = self._revise(arrived.take(old))
                arrived = arrived.take(~old)
        calculation = self._step(day, arrived)
        self.last_day = day
        return calculation, late, lost

    def _step(self, day: int, rows: Panel) -> Calculation | None:
        revisable = self.methodology.at(day).terms.publication.revision_days
        if revisable:
            self._closed.append(_Closed(day, (rows,), self._broad.copy()))
            while day - self._closed[0].day > revisable:
                self._closed.popleft()
        return self._calculate(day, rows)

    def _calculate(self, day: int, rows: Panel) -> Calculation | None:
        version = self.methodology.at(day)
        terms = version.terms
        due = is_due(day, terms.publication)
        if isinstance(terms, BroadTerms):
            return self._broad.step(day, rows, terms, version.number, due)
        if not due:
            return None
        close = close_ns(day, terms.publication)
        return self._transaction.calculate(day, rows, close, terms, version.number)

    def _revise(self, rows: Panel) -> tuple[dict[int, Calculation], int]:
        """Put late rows into their days and calculate those days, and all since, again."""
        known = [
            (each.day, close_ns(each.day, self.methodology.at(each.day).terms.publication))
            for each in self._closed
        ]
        if not known:
            return {}, len(rows)
        ends = np.array([end for _, end in known])
        start = close_ns(known[0][0] - 1, self.methodology.at(known[0][0]).terms.publication)
        place = np.searchsorted(ends, rows.ts_ns)
        place[rows.ts_ns <= start] = len(known)
        lost = int((place == len(known)).sum())
        if lost == len(rows):
            return {}, lost
        first = int(place.min())
        closed = list(self._closed)
        self._broad = closed[first].before
        self._closed = deque(closed[:first])
        found: dict[int, Calculation] = {}
        for number, each in enumerate(closed[first:], start=first):
            more = place == number
            parts = (*each.rows, rows.take(more)) if more.any() else each.rows
            before = self._broad.copy()
            self._closed.append(_Closed(each.day, parts, before))
            again = self._calculate(each.day, Panel.joined(parts))
            if again is not None:
                found[each.day] = again
        return found, lost
