"""Rows of observed prices that are not used: named one by one, and counted by cause."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from exchange.explained import ExplainedError

KEPT = 10_000
"""Rejects that are named; all of them are counted."""

FIRST = 10
"""Of every cause these are named in any case."""


class Fault(NamedTuple):
    """What is wrong with a value: the cause in words that rows share, this row's reason, what to do."""

    cause: str
    reason: str
    advice: str


class Reject(NamedTuple):
    """One row that was not used: 1-based line, the column at fault ("" for the row), why, what to do.

    cause: the reason in words that rows share.
    """

    file: str
    line: int
    field: str
    reason: str
    advice: str = ""
    cause: str = ""

    def __str__(self) -> str:
        """Return ``file:line: field: reason; advice``."""
        subject = f"{self.field}: " if self.field else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.file}:{self.line}: {subject}{self.reason}{advice}"


class Rejects:
    """Collects what was not used of one file; only the first rows are held, so memory is bounded."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.counts: Counter[tuple[str, str]] = Counter()
        """(field, cause) -> rows."""
        self._kept: list[Reject] = []

    @property
    def total(self) -> int:
        """Number of rows that were not used."""
        return self.counts.total()

    def add(self, line: int, field: str, fault: Fault) -> None:
        """Name a row that is not used."""
        self.counts[field, fault.cause] += 1
        if len(self._kept) < KEPT or self.counts[field, fault.cause] <= FIRST:
            self._kept.append(
                Reject(self.file, line, field, fault.reason, fault.advice, fault.cause)
            )

    def named(self) -> tuple[Reject, ...]:
        """Return the rows that are held, in order of line."""
        return tuple(sorted(self._kept, key=lambda reject: (reject.line, reject.field)))


class ObservationError(ExplainedError, ValueError):
    """A file from which no price can be read; ``rejects`` names the rows that were at fault."""

    def __init__(self, message: str, rejects: tuple[Reject, ...] = ()) -> None:
        self.rejects = rejects
        super().__init__(message)
