"""Publication: each print of an index has a version; a later version never changes an earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from exchange.indices.calculation import Calculation
from exchange.indices.hedonic import Coefficient
from exchange.indices.methodology import Methodology
from exchange.indices.observations import Observation
from exchange.indices.panel import Panel
from exchange.indices.series import IndexSeries, close_ns

Kind = Literal["first", "revision", "restatement"]


class IndexPrint(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one day of one index.

    day: since 1970-01-01. price_micros: micro-dollars per GPU-hour, None where the print is withheld for
    the reason that is then given. version: 1 first, n + 1 for what replaces n. methodology: number of the
    terms' version. due_ns: the close, in UTC nanoseconds. kind, reason: why this version is there.
    calculation: its steps; None of a restatement.
    """

    index: str
    day: int
    price_micros: int | None
    withheld_reason: str = ""
    version: int = 1
    methodology: int = 1
    due_ns: int = 0
    kind: Kind = "first"
    reason: str = ""
    calculation: Calculation | None = None


class PublicationError(ValueError):
    """A day, index or price that cannot be published; nothing has changed."""


class Publisher:
    """Prints indices day by day; a pure function of the calls that it gets: no clock, no randomness.

    late: rows that came after their day's revision window, and were used for none, by index.
    """

    def __init__(self, methodologies: Iterable[Methodology]) -> None:
        self._series = {each.name: IndexSeries(each) for each in methodologies}
        self._prints: dict[tuple[str, int], tuple[IndexPrint, ...]] = {}
        self.late = dict.fromkeys(self._series, 0)

    @property
    def methodologies(self) -> tuple[Methodology, ...]:
        """The indices that are printed."""
        return tuple(each.methodology for each in self._series.values())

    @property
    def last_day(self) -> int | None:
        """The last day that was closed."""
        return next((each.last_day for each in self._series.values()), None)

    def close(
        self, day: int, observations: Panel | Sequence[Observation]
    ) -> tuple[IndexPrint, ...]:
        """Close a day with what was observed since the last close, and return the prints of it.

        A row counts for the first day whose close it does not come after; one from after this close
        waits. A late row revises its day, and those since, while they are within the index's revision
        window; each day whose price moves by revision_move or more gets a next version. Raises
        PublicationError where the day is not after the last one.
        """
        if self.last_day is not None and day <= self.last_day:
            raise PublicationError(f"day {day} is closed; the next one is {self.last_day + 1}")
        panel = observations if isinstance(observations, Panel) else Panel.of(observations)
        prints: list[IndexPrint] = []
        for name, series in self._series.items():
            calculation, late, lost = series.close(day, panel)
            self.late[name] += lost
            prints += self._revised(name, series, late)
            if calculation is not None:
                prints.append(self._print(name, series, calculation, "first", ""))
        return tuple(prints)

    def restate(self, index: str, day: int, price_micros: int, reason: str) -> IndexPrint:
        """Replace a print by decision, at any time; late rows revise that day no more.

        Raises PublicationError for a day that has no print, a price out of bounds or no reason.
        """
        versions = self._prints.get((index, day))
        if not versions:
            raise PublicationError(f"{index} has no print of day {day} to restate")
        if not 0 < price_micros <= 1_000_000_000:
            raise PublicationError(f"price_micros {price_micros} is not above 0 and up to 10^9")
        if not reason.strip():
            raise PublicationError("a restatement needs a reason")
        restated = msgspec.structs.replace(
            versions[-1],
            price_micros=price_micros,
            withheld_reason="",
            version=len(versions) + 1,
            kind="restatement",
            reason=reason,
            calculation=None,
        )
        self._prints[index, day] = (*versions, restated)
        return restated

    def versions(self, index: str, day: int) -> tuple[IndexPrint, ...]:
        """Return every version of a print, oldest first, without its calculation."""
        return self._prints.get((index, day), ())

    def latest(self, index: str) -> dict[int, IndexPrint]:
        """Return the print that stands, by day, without its calculation."""
        return {day: each[-1] for (name, day), each in self._prints.items() if name == index}

    def coefficients(self, index: str) -> tuple[Coefficient, ...]:
        """Return an index's hedonic fit in force with standard errors; none of a transaction index."""
        return self._series[index].coefficients()

    def _revised(
        self, name: str, series: IndexSeries, late: dict[int, Calculation]
    ) -> list[IndexPrint]:
        found = []
        for day, calculation in late.items():
            standing = self._prints[name, day][-1]
            rule = series.methodology.at(day).terms.publication
            if standing.kind != "restatement" and _differs(
                standing.price_micros, calculation.price_micros, rule.revision_move
            ):
                reason = "late observations"
                found.append(self._print(name, series, calculation, "revision", reason))
        return found

    def _print(
        self, name: str, series: IndexSeries, calculation: Calculation, kind: Kind, reason: str
    ) -> IndexPrint:
        versions = self._prints.get((name, calculation.day), ())
        rule = series.methodology.at(calculation.day).terms.publication
        printed = IndexPrint(
            index=name,
            day=calculation.day,
            price_micros=calculation.price_micros,
            withheld_reason=calculation.withheld_reason,
            version=len(versions) + 1,
            methodology=calculation.methodology,
            due_ns=close_ns(calculation.day, rule),
            kind=kind,
            reason=reason,
            calculation=calculation,
        )
        # Years of steps would fill the memory: who wants them keeps what is returned.
        kept = msgspec.structs.replace(printed, calculation=None)
        self._prints[name, calculation.day] = (*versions, kept)
        return printed


def _differs(before: int | None, after: int | None, least_move: float) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) >= max(1, least_move * before)
